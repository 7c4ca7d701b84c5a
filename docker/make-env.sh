#!/bin/sh
# Prints fresh secrets for docker-compose.yml. Usage: sh docker/make-env.sh > .env   (keep the file: it decrypts the shops' tokens)
set -eu
hex() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
echo "POSTGRES_PASSWORD=$(hex)"
echo "REDIS_PASSWORD=$(hex)"
echo "DATABASE_ROLE_PASSWORD=$(hex)"
echo "SERVICE_CLIENT_SECRET=$(hex)"
echo "SECRETS_MASTER_KEY=$(key)"
