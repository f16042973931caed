"""Refusals of stations: not visible, not one's own, too many, and tracks that can't be played."""

from veza.core.errors import Conflict, Forbidden, NotFound, Unavailable


class StationNotFound(NotFound):
    """The station does not exist, or the caller may not see it."""

    code = "station_not_found"
    message = "This station does not exist."


class NotYourStation(Forbidden):
    """Only its owner may change a station."""

    code = "not_your_station"
    message = "Only the owner of this station can do this."


class TooManyStations(Conflict):
    """A profile has as many stations as it can have."""

    code = "too_many_stations"
    message = "A profile has at most 5 stations: change or delete one of them."


class TooManyRotations(Conflict):
    """The rotation of a station was changed too often within a day."""

    code = "too_many_rotations"
    message = "The program of this station was changed too often: try again tomorrow."


class StationSilent(Conflict):
    """A station whose tracks can't be played has nothing on air."""

    code = "station_silent"
    message = "This station has nothing to play."


class TooManyListeners(Unavailable):
    """A station, or the address of the listener, has as many streams as this process sends."""

    code = "too_many_listeners"
    message = "Too many listen to this stream: try again later, or play the HLS playlist."


class RequestsClosed(Conflict):
    """The owner of a station takes no requests, or the station is off air."""

    code = "station_requests_closed"
    message = "This station takes no requests."


class TrackNotRequestable(Conflict):
    """A track is not in the lists of a station, not for everybody, or explicit."""

    code = "track_not_requestable"
    message = "This station does not play this track on request: choose another one of its tracks."


class TrackPlayedRecently(Conflict):
    """A station played a track in the last three hours, or is about to."""

    code = "track_played_recently"
    message = "This track was played not long ago, or is next: request another one."


class RequestDeclined(Conflict):
    """The owner of a station declined requests for a track within a day."""

    code = "request_declined"
    message = "The owner of this station declined this track today: request another one."


class TooManyTrackRequests(Conflict):
    """A member or a station has as many requests as it can have."""

    code = "too_many_track_requests"
    message = (
        "You can have one open request for a station, three a day, and it takes 50: vote for one "
        "of its requests, or wait until yours was played."
    )
