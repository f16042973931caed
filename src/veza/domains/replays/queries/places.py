"""Finds the place in a recording at which a moment was sent."""


def place(recording: str, moment: str) -> str:
    """Return the milliseconds at which a moment is in a recording, a row.

    What was said during a pause of the encoder is at its end. It is null for what is not stored
    yet, and 0 for what was before the beginning.
    """
    return f"""(
        select case
                   when {recording}.state = 'recording'
                        and p.offset_us + p.duration_us >= {recording}.duration_us
                        and {moment} > p.started_at + p.duration_us * interval '1 microsecond'
                   then null
                   else (p.offset_us + least(
                            p.duration_us,
                            extract(epoch from {moment} - p.started_at) * 1000000))::bigint / 1000
               end
          from stream_recording_parts p
         where p.recording_id = {recording}.id and p.started_at <= {moment}
         order by p.started_at desc
         limit 1)
    """
