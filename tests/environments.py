"""A production environment in which everything is right, for tests to spoil one thing at a time."""

from __future__ import annotations

PRODUCTION = {
    "NOZBE_ENVIRONMENT": "production",
    "NOZBE_SITE": "web",
    "NOZBE_SECRET_KEY": "5up3r-s3cr3t-0f-a-t3st-0nly-" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "NOZBE_ORIGIN": "https://app.nozbe.example",
    "NOZBE_DATABASE_HOST": "127.0.0.1",
    "NOZBE_DATABASE_PORT": "1",
    "NOZBE_DATABASE_PASSWORD": "a-database-password",
    "NOZBE_DATABASE_COUNTRY": "IE",
    "NOZBE_VALKEY_URL": "redis://:a-valkey-password@127.0.0.1:1/0",
    "NOZBE_KEY_SERVER_URL": "https://keys.nozbe.example",
    "NOZBE_KEY_SERVER_TOKEN": "a-key-server-token",
    "NOZBE_STORES": "ireland,paris",
    "NOZBE_STORE_IRELAND_COUNTRY": "IE",
    "NOZBE_STORE_IRELAND_REGION": "eu-west-1",
    "NOZBE_STORE_IRELAND_BUCKET": "nozbe-files-ie",
    "NOZBE_STORE_IRELAND_ACCESS_KEY": "an-access-key",
    "NOZBE_STORE_IRELAND_SECRET_KEY": "a-secret-key",
    "NOZBE_STORE_PARIS_COUNTRY": "FR",
    "NOZBE_STORE_PARIS_REGION": "eu-west-3",
    "NOZBE_STORE_PARIS_BUCKET": "nozbe-files-fr",
    "NOZBE_STORE_PARIS_ACCESS_KEY": "another-access-key",
    "NOZBE_STORE_PARIS_SECRET_KEY": "another-secret-key",
    "NOZBE_SECOND_STORE": "paris",
    "NOZBE_RECORD_BUCKET": "nozbe-record-fr",
    "NOZBE_KEY_SNAPSHOT_BUCKET": "nozbe-keys-fr",
    "NOZBE_EMAIL_HOST": "mail.nozbe.example",
    "NOZBE_EMAIL_FROM": "Nozbe <nozbe@nozbe.example>",
}
