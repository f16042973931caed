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
