"""The layers around the application, which see every request: `app.api.wrap` puts them together.

From the outside in, with the reason of each place:

- `request_log`: every response has an id, security headers, a line in the log, and is counted.
- `audit`: what the layers below refuse is recorded too.
- `security.cors`: pages of other origins may read what is refused below.
- `overload`: refuses before anything has cost something.
- `tus`: the headers of its protocol, on refusals as well.
- `request_body`: bounds the time and the memory of bodies for all that read them.
- `options_requests`, `head_requests`: what is below sees neither OPTIONS nor HEAD.
- `rate_limits`: counts also what the next two answer.
- `fast.public_files`, `fast.shared_reads`: answer in front of the framework; `mining` is between
  them, because files know who reserves them.
- `etags`, around `compression`: a strong tag names the bytes that are sent.
- `realtime.sockets`: WebSockets of the chat, which the framework never sees.
- `disconnects`: cancels nothing but the handler.
"""
