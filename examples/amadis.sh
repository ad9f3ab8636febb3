#!/bin/sh
# Every request of the amadis document, against `dragoman serve --demo`.
# Another server: URL=http://… ADMIN_EMAIL=… ADMIN_PASSWORD=… CLIENT_ID=… CLIENT_SECRET=… examples/amadis.sh
set -eu
URL=${URL:-http://127.0.0.1:8080}

say() { printf '\n\n# %s\n' "$1"; }

say 'A token for administration (OAuth2, RFC 6749)'
TOKEN=$(curl -sS "$URL/oauth/token" -d grant_type=password \
    -d "client_id=${CLIENT_ID:-1}" -d "client_secret=${CLIENT_SECRET:-demo-client-secret}" \
    -d "username=${ADMIN_EMAIL:-admin@example.com}" -d "password=${ADMIN_PASSWORD:-demo-admin-password}" |
    sed 's/.*"access_token":"\([^"]*\)".*/\1/')
echo "$TOKEN"

say 'Define a new user'
REGISTERED=$(curl -sS "$URL/api/user/v1/register" -d name=Amadis -d email=amadis@example.com -d password=secret)
echo "$REGISTERED"
ID=$(echo "$REGISTERED" | sed 's/.*"id":\([0-9]*\).*/\1/')

say 'Update a user password'
curl -sS -X PATCH "$URL/api/user/v1/changepassword" -d email=amadis@example.com -d oldpassword=secret -d newpassword=secret2

say 'Reset a user password'
curl -sS -X PATCH "$URL/api/user/v1/resetpassword" -H "Authorization: Bearer $TOKEN" -d email=amadis@example.com

say 'All users'
curl -sS "$URL/api/datamanagement/v1/User" -H "Authorization: Bearer $TOKEN"

say 'A specific one'
curl -sS "$URL/api/datamanagement/v1/User/$ID" -H "Authorization: Bearer $TOKEN"

say 'Update a user'
curl -sS -X PATCH "$URL/api/datamanagement/v1/User/$ID" -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -d '{"data": {"name": "Amadis of Gaul"}}'

say 'Delete a user'
curl -sS -X DELETE "$URL/api/datamanagement/v1/User/$ID" -H "Authorization: Bearer $TOKEN"
echo
