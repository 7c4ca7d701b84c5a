#!/bin/sh
# Starts one app of the image: entrypoint.sh APP [ARGUMENTS], or migrate, or client.
set -eu
app="${1:?Name the app: gateway, catalog, orders, inventory, logistics, settlement, sync-worker, simulator, demo, all-in-one, migrate or client}"
shift
case "$app" in
  migrate) script=dist/libs/shared/src/db/migrate.cli.js ;;
  client) script=dist/apps/gateway/src/client.cli.js ;;
  *) script="dist/apps/$app/src/main.js" ;;
esac
if [ ! -f "/app/$script" ]; then
  echo "There is no app \"$app\" in this image ($script is missing)." >&2
  exit 64
fi
cd /app
exec node --enable-source-maps "$script" "$@"
