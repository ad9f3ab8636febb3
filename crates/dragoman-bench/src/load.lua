-- Sends the requests of a file, one after the other; they are separated by NUL bytes.
-- A request that is ready beforehand costs the generator, which shares the cores with the server, next to nothing.

local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    local file = assert(io.open(args[1], "rb"))
    requests = {}
    for request in file:read("*a"):gmatch("[^%z]+") do
        requests[#requests + 1] = request
    end
    file:close()
    -- Each thread begins elsewhere, or they would ask for the same user at the same time.
    at = number * 977 % #requests
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency, _)
    local shares = { 50, 75, 90, 95, 99, 99.9, 99.99 }
    local percentiles = {}
    for i, share in ipairs(shares) do
        percentiles[i] = string.format("[%g,%d]", share, latency:percentile(share))
    end
    local errors = summary.errors
    io.write(string.format(
        '{"duration_us":%d,"requests":%d,"status_errors":%d,"socket_errors":%d,"timeouts":%d,"max_us":%d,"percentiles_us":[%s]}\n',
        summary.duration, summary.requests, errors.status, errors.connect + errors.read + errors.write,
        errors.timeout, latency.max, table.concat(percentiles, ",")
    ))
end
