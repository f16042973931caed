"""The words around what a profile writes: why somebody gets it, and that it is a test."""

from veza.core.languages import Language

_REASONS = {
    Language.ENGLISH: "You get this mail because you follow {sender} on {host}, or asked for it.",
    Language.GERMAN: "Du bekommst diese Mail, weil du {sender} auf {host} folgst oder sie "
    "bestellt hast.",
    Language.FRENCH: "Tu reçois ce message parce que tu suis {sender} sur {host}, ou que tu "
    "l'as demandé.",
    Language.SPANISH: "Recibes este correo porque sigues a {sender} en {host}, o lo pediste.",
}
_REASONS_OF_MEMBERS = {
    Language.ENGLISH: "You get this mail because you are a member of {sender} on {host}.",
    Language.GERMAN: "Du bekommst diese Mail, weil du Mitglied von {sender} auf {host} bist.",
    Language.FRENCH: "Tu reçois ce message parce que tu es membre de {sender} sur {host}.",
    Language.SPANISH: "Recibes este correo porque eres miembro de {sender} en {host}.",
}
_TESTS = {
    Language.ENGLISH: "Test: {subject}",
    Language.GERMAN: "Test: {subject}",
    Language.FRENCH: "Essai : {subject}",
    Language.SPANISH: "Prueba: {subject}",
}


def explain(language: Language, *, sender: str, host: str, to_members: bool) -> str:
    """Return the sentence that says why somebody gets a broadcast."""
    reasons = _REASONS_OF_MEMBERS if to_members else _REASONS
    return reasons[language].format(sender=sender, host=host)


def name_test(language: Language, subject: str) -> str:
    """Return the subject of a test."""
    return _TESTS[language].format(subject=subject)
