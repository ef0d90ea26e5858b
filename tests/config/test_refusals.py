import os
import subprocess
import sys

import pytest

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "a-key-that-is-long-enough-for-production-0123456789-abcdefghijk",
    "SITE_URL": "https://learn.example.org",
    "DATABASE_URL": "postgres://lyceum:hunter2@127.0.0.1:1/lyceum",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DEFAULT_FROM_EMAIL": "Lyceum <office@example.org>",
}
CHECK = [sys.executable, "manage.py", "check"]


def run(command, **variables):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(command, env=kept | variables, capture_output=True, text=True, timeout=60)


def refusal(command=CHECK, **variables):
    """The one sentence with which it ended."""
    ended = run(command, **variables)
    assert ended.returncode != 0, ended.stdout
    said = ended.stderr.strip()
    assert "\n" not in said, said
    assert "hunter2" not in said
    return said


def test_production_starts_with_what_it_needs():
    ended = run(CHECK, **PRODUCTION)
    assert ended.returncode == 0, ended.stderr


def test_production_passes_djangos_own_checks_of_a_deployment():
    ended = run([*CHECK, "--deploy", "--fail-level", "WARNING"], **PRODUCTION)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"ENVIRONMENT"}))
def test_production_refuses_to_start_without(name):
    said = refusal(**{key: value for key, value in PRODUCTION.items() if key != name})
    assert said.startswith(f"Production needs {name}: ")


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--no-control-socket", "config.wsgi"],
        [sys.executable, "-m", "celery", "-A", "config", "worker"],
        [sys.executable, "-m", "celery", "-A", "config", "beat"],
    ],
    ids=["web", "worker", "beat"],
)
def test_every_process_refuses_in_the_same_words(command):
    said = refusal(command, **{key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"})
    assert said.splitlines()[-1].startswith("Production needs SECRET_KEY: ")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT is “prod”; set it to development, demo or production."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 50 characters; make one with `make secret`."),
        ({"SITE_URL": "learn.example.org"}, "SITE_URL is “learn.example.org”; write it as https://"),
        ({"DATABASE_URL": "mysql://lyceum:hunter2@db/lyceum"}, "DATABASE_URL must name a PostgreSQL database: "),
        ({"DATABASE_URL": "postgres://lyceum:hunter2@db:port/lyceum"}, "DATABASE_URL cannot be read; "),
        ({"REDIS_URL": "amqp://broker"}, "REDIS_URL cannot be read; "),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL cannot be read; "),
        ({"DEBUG": "true"}, "DEBUG shows settings and people's data on error pages; "),
        ({"SECURE_SSL_REDIRECT": "yse"}, "SECURE_SSL_REDIRECT is “yse”; it must be true or false."),
        ({"CONN_MAX_AGE": "ten"}, "CONN_MAX_AGE is “ten”; it must be a whole number."),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is “xml”; it must be json or console."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_value_that_cannot_be_used_is_refused_in_one_sentence(variables, words):
    assert refusal(**PRODUCTION | variables).startswith(words)


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_a_database_that_does_not_answer_is_named_in_one_sentence(command):
    options = ["--database", "default"]
    said = refusal([sys.executable, "manage.py", command, *options], **PRODUCTION)
    assert said.startswith("The database does not let us in: ")
    assert said.endswith("See that it runs and that DATABASE_URL is right.")


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text(PRODUCTION["SECRET_KEY"])
    variables = PRODUCTION | {"SECRET_KEY_FILE": str(tmp_path / "key")}
    del variables["SECRET_KEY"]
    assert run(CHECK, **variables).returncode == 0
