-- wrk -s load.lua URL -- FILE: sends the requests of a file in turn, forever.
-- A line is method, path, token, extra header and body, separated by tabs; COUNT becomes a number.
local requests, number, salt = {}, 0, os.time()

function init(args)
  for line in io.lines(args[1]) do
    local method, path, token, header, body = line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = {["Host"] = wrk.host}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    local name, value = header:match("^(.-): (.*)$")
    if name then headers[name] = value end
    local text = wrk.format(method, path, headers, body ~= "" and body or nil)
    local has_number = text:find("COUNT", 1, true) ~= nil
    requests[#requests + 1] = {text = text, has_number = has_number,
      method = method, path = path, headers = headers, body = body}
  end
end

function request()
  number = number + 1
  local chosen = requests[1 + (number - 1) % #requests]
  if not chosen.has_number then return chosen.text end
  -- As long as COUNT would be, so that the length of the body stays true.
  return (chosen.text:gsub("COUNT", string.format("%05d", (salt + number) % 100000)))
end
