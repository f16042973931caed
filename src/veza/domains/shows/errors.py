"""Refusals of shows, episodes, transcripts and keys of feeds."""

from veza.core.errors import Conflict, Forbidden, NotFound


class ShowNotFound(NotFound):
    """The show doesn't exist, or the caller may not see it."""

    code = "show_not_found"
    message = "There is no such show."


class NotYourShow(Forbidden):
    """The show is another profile's."""

    code = "not_your_show"
    message = "This show belongs to somebody else."


class TooManyShows(Conflict):
    """The profile has the maximum number of shows."""

    code = "too_many_shows"
    message = "You have 50 shows, the maximum: delete one first."


class EpisodeNotFound(NotFound):
    """The show has no such episode, or the caller may not hear it."""

    code = "episode_not_found"
    message = "The show has no such episode."


class IsEpisode(Conflict):
    """The track is an episode already, of this show or another."""

    code = "is_episode"
    message = "This track is an episode already: take it off its show first."


class TooManyEpisodes(Conflict):
    """The show has the maximum number of episodes."""

    code = "too_many_episodes"
    message = "A show has at most 5,000 episodes."


class TranscriptNotFound(NotFound):
    """The episode has no transcript."""

    code = "transcript_not_found"
    message = "This episode has no transcript."


class NotAMember(Forbidden):
    """The caller has no tier of the profile that the show belongs to."""

    code = "not_a_member"
    message = "A feed of your own is for members: join a tier first."


class ShowKeyNotFound(NotFound):
    """The caller has no key of the show."""

    code = "show_key_not_found"
    message = "You have no feed of your own for this show."


class NoImport(NotFound):
    """The profile has no import."""

    code = "no_import"
    message = "You import no show."


class ImportRuns(Conflict):
    """The profile has an import that is not over."""

    code = "import_runs"
    message = "An import is running: wait until it is over, or cancel it."


class NoFeed(Conflict):
    """There is no feed of a podcast at the address."""

    code = "no_feed"
    message = "There is no RSS feed with episodes at this address."


class FeedUnreachable(Conflict):
    """The feed can't be fetched at the moment."""

    code = "feed_unreachable"
    message = "The server of the feed doesn't answer: try again later."


class FeedTooLarge(Conflict):
    """The feed is longer than what is imported."""

    code = "feed_too_large"
    message = "The feed has more than 2,000 episodes, or 8 MiB: shorten it for the import."


class FeedLocked(Conflict):
    """The feed has `podcast:locked`, which forbids imports."""

    code = "feed_locked"
    message = "The feed is locked against imports: unlock it where it is now, then try again."


class ShowExists(Conflict):
    """There is a show with the guid of the feed on this server."""

    code = "show_exists"
    message = "This show is on this server already: delete it there first, if it is yours."


class FileUnreachable(Conflict):
    """The file of an episode can't be fetched."""

    code = "file_unreachable"
    message = "The server of the file doesn't answer, or breaks off: try again later."


class EpisodeFileMissing(Conflict):
    """There is no file of an episode at its address, or it may not be fetched."""

    code = "episode_file_missing"
    message = "There is no file at its address, or it isn't a public https address."
