"""The chart has each key that our values name, and its probes find their program."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from pipelines.paths import PROJECT_ROOT

_HELM = PROJECT_ROOT / "deploy" / "helm"
_IMAGE = PROJECT_ROOT / "deploy" / "image"

# The keys of the chart's values, at its top and where ours go deeper. Helm passes over a key that
# no template reads: misspelt, it would change nothing.
_CHART: dict[tuple[str, ...], str] = {
    (): """
        affinity airflowConfigAnnotations airflowHome airflowLocalSettings airflowPodAnnotations
        airflowVersion allowJobLaunching allowPodLaunching apiSecretKey apiSecretKeySecretName
        apiServer cleanup config containerLifecycleHooks createUserJob dagProcessor dags data
        databaseCleanup defaultAirflowDigest defaultAirflowRepository defaultAirflowTag
        elasticsearch enableBuiltInSecretEnvVars env executor extraConfigMaps extraEnv extraEnvFrom
        extraSecrets fernetKey fernetKeySecretName flower fullnameOverride gid imagePullSecrets
        images ingress jwtSecret jwtSecretName kerberos labels limits logs migrateDatabaseJob
        nameOverride networkPolicies nodeSelector opensearch pgbouncer podTemplate ports postgresql
        priorityClasses quotas rbac redis registry revisionHistoryLimit scheduler schedulerName
        secret securityContext securityContexts statsd tolerations topologySpreadConstraints
        triggerer uid useStandardNaming volumeMounts volumes webserver webserverSecretKey
        webserverSecretKeySecretName workers""",
    ("apiServer",): "args command enabled env replicas resources securityContexts service",
    ("createUserJob",): "applyCustomEnv args command enabled env resources useHelmHooks",
    ("dagProcessor",): "args enabled env logGroomerSidecar replicas resources securityContexts",
    ("dagProcessor", "logGroomerSidecar"): "enabled resources retentionDays",
    ("data",): "brokerUrlSecretName metadataConnection metadataSecretName resultBackendSecretName",
    ("images",): "airflow gitSync pgbouncer pod_template redis statsd",
    ("images", "airflow"): "digest pullPolicy repository tag",
    ("ingress",): "apiServer enabled flower pgbouncer statsd web",
    ("ingress", "apiServer"): "annotations enabled hosts ingressClassName path pathType",
    ("postgresql",): "auth enabled",
    ("redis",): "enabled persistence resources",
    ("scheduler",): "args enabled env logGroomerSidecar replicas resources securityContexts",
    ("scheduler", "logGroomerSidecar"): "enabled resources retentionDays",
    ("securityContexts",): "containers pod",
    ("statsd",): "enabled extraMappings overrideMappings resources",
    ("triggerer",): "args enabled env logGroomerSidecar persistence replicas resources",
    ("triggerer", "logGroomerSidecar"): "enabled resources retentionDays",
    ("webserver",): "defaultUser enabled",
    ("workers",): """
        args celery command enabled env extraVolumeMounts extraVolumes hpa keda kubernetes
        livenessProbe logGroomerSidecar persistence replicas resources safeToEvict
        securityContexts strategy terminationGracePeriodSeconds""",
    ("workers", "logGroomerSidecar"): "enabled resources retentionDays",
    ("workers", "persistence"): "enabled size storageClassName",
    ("webserver", "defaultUser"): "email enabled firstName lastName password role username",
}
# What the chart passes on as it is: to Kubernetes, whose schema is asked elsewhere, and to Airflow.
_PASSED_ON = {
    ("config",),
    ("nodeSelector",),
    ("securityContexts", "containers"),
    ("securityContexts", "pod"),
    *((name, "resources") for name in ("apiServer", "scheduler", "triggerer", "dagProcessor")),
    ("workers", "resources"),
}


def _values() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((_HELM / "values.yaml").read_text())
    return values


def _unknown(values: dict[str, Any], at: tuple[str, ...] = ()) -> Iterator[str]:
    if at in _PASSED_ON:
        return
    known = _CHART.get(at, "").split()
    for key, value in values.items():
        if key not in known:
            yield ".".join((*at, key))
        elif isinstance(value, dict):
            yield from _unknown(value, (*at, key))


def test_each_key_of_the_values_is_one_of_the_chart() -> None:
    """At every depth; a misspelt one is found."""
    values = _values()
    assert list(_unknown(values)) == []
    values["createUserJobs"] = values.pop("createUserJob")
    values["webserver"]["defaultUser"]["enable"] = False
    values["securityContexts"]["container"] = {}
    assert sorted(_unknown(values)) == [
        "createUserJobs",
        "securityContexts.container",
        "webserver.defaultUser.enable",
    ]


def _values_of_workers() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((_HELM / "cluster.yaml").read_text())
    return values


def test_each_key_of_the_values_of_workers_is_one_of_the_chart() -> None:
    """What they change of the others is there; the secrets that they name hold what is said."""
    values = _values_of_workers()
    assert list(_unknown(values)) == []
    assert values["executor"] == "CeleryExecutor"
    assert set(values["nodeSelector"]) == set(_values()["nodeSelector"])
    assert yaml.safe_load(values["extraEnvFrom"]) == [{"secretRef": {"name": "mimamori-lake"}}]


def test_the_sections_of_airflow_s_settings_are_airflow_s() -> None:
    """Airflow passes over an option that it does not know."""
    from airflow.configuration import conf  # noqa: PLC0415 - it takes long to import

    sections = [*_values()["config"].items(), *_values_of_workers()["config"].items()]
    for section, options in sections:
        known = conf.get_options_including_defaults(section)
        assert set(options) <= set(known), section


def test_the_chart_makes_no_user() -> None:
    """Of a password that everybody knows: neither by its former key nor by the present one."""
    values = _values()
    assert values["createUserJob"]["enabled"] is False
    assert values["webserver"]["defaultUser"]["enabled"] is False


def test_the_image_has_the_program_that_the_chart_s_probes_start() -> None:
    """`/entrypoint airflow jobs check …`: it hands on what it is given, also the exit code."""
    assert "\nCOPY deploy/image/entrypoint /entrypoint\n" in (_IMAGE / "Dockerfile").read_text()
    done = subprocess.run(
        [_IMAGE / "entrypoint", "sh", "-c", 'printf "%s|" "$@"; exit 7', "-", "a b", ""],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "a b||")
    # The sidecars start a script that only Airflow's own image has.
    for name in ("scheduler", "triggerer", "dagProcessor"):
        assert _values()[name]["logGroomerSidecar"]["enabled"] is False


@pytest.fixture(scope="module")
def ingresses() -> dict[str, dict[str, Any]]:
    """The paths that are treated apart, by name."""
    documents = yaml.safe_load_all((_HELM / "ingress.yaml").read_text())
    return {one["metadata"]["name"]: one for one in documents}


def test_the_ingress_limits_and_refuses_what_nginx_does(
    ingresses: dict[str, dict[str, Any]],
) -> None:
    """The same paths and rate as deploy/compose/nginx.conf, for the host of the values."""
    from kubernetes_validate import validate  # noqa: PLC0415 - it takes long to import

    nginx = (PROJECT_ROOT / "deploy" / "compose" / "nginx.conf").read_text()
    [host] = _values()["ingress"]["apiServer"]["hosts"]
    assert _values()["config"]["api"]["base_url"] == f"https://{host['name']}"
    paths: dict[str, list[str]] = {}
    for name, ingress in ingresses.items():
        validate(ingress, "1.33", strict=True)
        [rule] = ingress["spec"]["rules"]
        assert rule["host"] == host["name"]
        assert ingress["spec"]["tls"][0]["secretName"] == host["tls"]["secretName"]
        paths[name] = [one["path"] for one in rule["http"]["paths"]]
    assert paths == {
        "mimamori-login": ["/auth/login", "/auth/token"],
        "mimamori-execution": ["/execution"],
    }
    assert "location ~ ^/auth/(login|token) {" in nginx
    assert "location /execution/ { return 404; }" in nginx
    notes = ingresses["mimamori-login"]["metadata"]["annotations"]
    rate = notes["nginx.ingress.kubernetes.io/limit-rpm"]
    assert f"rate={rate}r/m;" in nginx
    closed = ingresses["mimamori-execution"]["metadata"]["annotations"]
    assert closed == {"nginx.ingress.kubernetes.io/whitelist-source-range": "127.0.0.1/32"}
