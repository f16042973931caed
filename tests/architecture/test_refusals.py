"""Why the server refuses something is said in the language of the reader."""

import ast
import re
from typing import get_args

from tests.architecture.source import ROOT, read_source, read_sources
from veza.core.errors import FieldRule
from veza.domains.marketplace.orders.models.provider_reasons import clean_reason
from veza.domains.marketplace.refunds import rules as refund_rules
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.marketplace.sandbox.service import payments as sandbox_payments
from veza.domains.marketplace.sandbox.service import payouts as sandbox_payouts

TEXTS = ROOT / "web" / "src" / "features" / "refusals" / "messages"
LANGUAGES = ("en", "de", "fr", "es")

# Codes that need no sentence of their own, by why nobody who uses the web application reads one.
WITHOUT = {
    "what their status means is said already (`sentenceOf` in `api/explain.ts`)": {
        *("conflict", "forbidden", "invalid_id", "invalid_input", "not_found", "rate_limited"),
        *("precondition_failed", "role_required", "too_many_requests", "unauthenticated"),
        *("unavailable", "unprocessable", "database_unavailable", "storage_unavailable"),
        *("invalid_token", "invalid_refresh_token", "maintenance", "server_stopping"),
    },
    "music players show them": {
        *("endpoint_unknown", "format_not_supported", "item_not_found", "mechanisms_conflict"),
        *("nothing_to_share", "parameter_missing", "playlist_share_not_found"),
        *("too_large_to_transcode", "transcoding_busy", "transcoding_failed"),
        *("wrong_app_password", "wrong_player_key", "wrong_player_password"),
    },
    "the application has no API key, and sends one kind of credentials": {
        *("insufficient_scope", "invalid_api_key", "key_not_allowed", "two_credentials"),
    },
    "other machines call these: encoders, payment providers, Prometheus, sites that embed": {
        *("bad_signature", "hook_refused", "metrics_refused", "nothing_to_embed"),
        *("publish_refused", "wrong_mail_secret"),
        *("unreadable_event", "unreadable_report"),
    },
    "clients that are made wrong get them": {
        *("bad_metadata", "bad_request", "checksum_mismatch", "file_missing", "filename_missing"),
        *("gear_document_missing", "image_missing", "length_fixed", "one_proof_only"),
        *("parts_unfinished", "product_file_missing", "too_many_bytes", "unknown_purpose"),
        *("unsupported_version", "upgrade_required", "offer_refused"),
    },
    "calendars ask for it": {"calendar_not_found"},
    "the application acts by them, and shows none": {
        # A new chat token, the new address of a profile, a part of a file, no picture.
        *("bad_chat_token", "handle_moved", "range_not_satisfiable", "avatar_not_found"),
        # It asks for the password of a link.
        "share_protected",
        # It goes live by another session, and explains the refusals of one itself.
        *("already_publishing", "too_many_encoders", "whip_session_not_found"),
    },
    "a page of the server, or the fragment of its address, tells them": {
        # `account/identities` has a sentence for each.
        *("address_in_use", "attempt_over", "identity_not_proved", "identity_taken"),
        *("no_account", "no_address", "sign_in_denied"),
        "onboarding_link_over",
    },
}

# Fields whose errors name no rule, because no form of the web application can be refused by them,
# or the refusal has a code, and with that a sentence, of its own.
WITHOUT_RULE = {
    "the application sends them right": {
        *("around", "before", "current_index", "entry_ids", "file", "filename", "is_private"),
        *("page", "part.name", "played_at", "product_id", "release_id", "self.name", "tier_id"),
        *("track_id", "name", "type", "url"),
        # An answer to a comment has the position of that.
        "position_seconds",
    },
    "a header of the protocol of uploads, or of an order": {
        *("HEADER", "PURPOSE", "Upload-Checksum", "Upload-Concat", "Upload-Length", "_FILE"),
    },
    "the refusal has a code of its own": {"email", "proof.bits", "proof.challenge", "field"},
}


def test_each_refusal_has_a_sentence_in_each_language() -> None:
    codes = {
        code
        for source in read_sources()
        for code in re.findall(r'^    code = "(\w+)"$', source.text, re.MULTILINE)
    }
    without = set[str]().union(*WITHOUT.values())
    assert without < codes, f"not raised any more: {without - codes}"
    for language in LANGUAGES:
        text = (TEXTS / f"{language}.ts").read_text()
        written = set(re.findall(r"^  'refusal\.(\w+)':", text, re.MULTILINE))
        assert written == codes - without, f"{language}: {sorted(written ^ (codes - without))}"


def test_each_rule_of_a_field_has_a_sentence_in_each_language() -> None:
    rules = set(get_args(FieldRule))
    for language in LANGUAGES:
        common = (ROOT / "web/src/i18n/common" / f"{language}.ts").read_text()
        text = common + (TEXTS / f"{language}.ts").read_text()
        written = set(re.findall(r"^  '(?:field|rule)\.(\w+)':", text, re.MULTILINE))
        assert rules <= written, f"{language}: {sorted(rules - written)}"


def test_each_error_of_a_field_names_the_rule_that_it_breaks() -> None:
    without = {
        _name_field(call.args[0])
        for source in read_sources()
        for call in source.nodes
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "FieldError"
        and len(call.args) < 3
        and not any(each.arg == "rule" for each in call.keywords)
    }
    assert without == set[str]().union(*WITHOUT_RULE.values())


def _name_field(field: ast.expr) -> str:
    return field.value if isinstance(field, ast.Constant) else ast.unparse(field)


def test_each_reason_why_a_track_failed_has_a_sentence() -> None:
    written = (TEXTS.parent / "failures.ts").read_text()
    beginnings = re.findall(r"^  '(.+)': 'failure", written, re.MULTILINE)
    reasons = [
        reason
        for name in ("infra/media/audio.py", "domains/music/audio/jobs.py")
        for reason in _list_sentences(read_source(ROOT / "src" / "veza" / name).tree)
    ]
    assert len(reasons) > 10
    assert [each for each in reasons if not each.startswith(tuple(beginnings))] == []


def test_each_reason_of_the_program_for_a_refund_has_a_sentence() -> None:
    written = (TEXTS.parent / "providers.ts").read_text()
    beginnings = re.findall(r"""^  ['"](.+)['"]: 'provider""", written, re.MULTILINE)
    reasons = {
        refund_rules.UNANSWERED,
        refund_rules.NOT_MADE,
        clean_reason(None),
        *(sandbox_payments.REFUSAL, sandbox_payments.NO_METHOD, sandbox_payments.CANCELLED),
        sandbox_payouts.NOT_CONNECTED,
        *(requested_refunds.CANCELLED, requested_refunds.REVOKED, requested_refunds._TOO_LATE),
    }
    assert {each for each in reasons if not each.startswith(tuple(beginnings))} == set()


def _list_sentences(tree: ast.Module) -> list[str]:
    """Return the sentences of UnreadableAudio, of `_reason` and of constants, as far as fixed."""
    texts: list[ast.expr | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="UnreadableAudio"), args=[text]):
                texts.append(text)
            case ast.FunctionDef(name="_reason"):
                texts += [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            case ast.Assign(targets=[ast.Name(id="_UNPROCESSABLE")], value=text):
                texts.append(text)
    fixed = [each.values[0] if isinstance(each, ast.JoinedStr) else each for each in texts]
    return [each.value for each in fixed if isinstance(each, ast.Constant)]
