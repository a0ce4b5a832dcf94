#!/bin/sh
# Server-sent events with curl: who is cut off comes back with the id of the last event, and misses nothing.
set -eu
stream=${MILLRACE_URL:-http://127.0.0.1:8379}/v1/streams/example:news
events=$(mktemp)
trap 'rm -f "$events"' EXIT

add() { curl -fsS "$stream" --json "{\"title\":\"$1\"}" >/dev/null; }

# Follows the stream until it has seen this title, and is cut off.
follow_until() {
  title=$1
  shift
  curl -fsSN "$@" >"$events" &
  until grep -q "\"$title\"" "$events"; do
    kill -0 $!
    sleep 0.05
  done
  kill $!
  sed -n 's/^data: //p' "$events"
}

curl -fsS "${stream%/v1/*}/v1/commands" --json '["DEL","example:news"]' >/dev/null
add one
add two
echo 'from the beginning:'
follow_until two "$stream/events?after=0"
last=$(sed -n 's/^id: //p' "$events" | tail -n 1)

add three
add four
echo 'from where it was cut off:'
follow_until four -H "Last-Event-ID: $last" "$stream/events"
