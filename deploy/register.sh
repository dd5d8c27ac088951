# Work pool, deployments and the automation for lost runs, made known to the server at PREFECT_API_URL. As often
# as you like: what is there already is brought up, and an automation that somebody changed stays as it is.
set -eu
cd "$(dirname "$0")/.."
prefect work-pool create dawn --type process --overwrite
prefect --no-prompt deploy --all
prefect automation inspect "a run that is no longer heard of has crashed" >/dev/null 2>&1 ||
    prefect automation create --from-file deploy/crashed.yaml
