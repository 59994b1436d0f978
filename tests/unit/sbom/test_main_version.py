"""Versions that the linker set, as real programs have them, and statements that contradict each other."""

from __future__ import annotations

import pytest

from attest.exe.facts.go_settings import set_values
from attest.model.checkout import TreeVersion, VersionClaim
from attest.model.stated import Stated
from attest.sbom.main_version import contradictions, linker_claim, sentence, tree_claim

TRIVY = "github.com/aquasecurity/trivy"

#: (program, its main module, linker flags as in its build info, the version that they tell).
ROWS = (
    ("no flags", "example.com/a", "", ""),
    ("flags without -X", "example.com/a", "-s -w -extldflags '-static'", ""),
    (
        "syft",
        "github.com/anchore/syft",
        (
            "-w -s -extldflags '-static' -X github.com/anchore/syft/internal/version.version=0.79.0"
            " -X github.com/anchore/syft/internal/version.gitCommit=b2b332e8b2b66af0905e98b54ebd713a922be1a8"
            " -X github.com/anchore/syft/internal/version.buildDate=2023-04-21T16:20:25Z"
            " -X github.com/anchore/syft/internal/version.gitDescription=v0.79.0 "
        ),
        "v0.79.0",
    ),
    (
        "kubectl",
        "k8s.io/kubernetes",
        (
            "all=-X 'k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version.gitVersion=v1.25.9'"
            " -X 'k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitVersion=v1.25.9'"
            " -X 'k8s.io/client-go/pkg/version.gitVersion=v1.25.9'"
            " -X 'k8s.io/component-base/version.gitVersion=v1.25.9'"
            " -X 'k8s.io/component-base/version.gitMajor=1'  -s -w"
        ),
        "v1.25.9",
    ),
    (
        "kube-apiserver, of today's layout",
        "k8s.io/kubernetes",
        "all=-X 'k8s.io/component-base/version.gitVersion=v1.27.1'",
        "v1.27.1",
    ),
    (
        "nerdctl",
        "github.com/containerd/nerdctl",
        (
            "-s -w -X github.com/containerd/nerdctl/pkg/version.Version=v1.3.1"
            " -X github.com/containerd/nerdctl/pkg/version.Revision=b224b280ff3086516763c7335fc0e0997aca617a"
        ),
        "v1.3.1",
    ),
    (
        "limactl",
        "github.com/lima-vm/lima",
        "-s -w -X github.com/lima-vm/lima/pkg/version.Version=v0.15.1",
        "v0.15.1",
    ),
    (
        "terraform",
        "github.com/hashicorp/terraform",
        (
            "-w -s -X 'github.com/hashicorp/terraform/version.Version=1.4.6'"
            " -X 'github.com/hashicorp/terraform/version.Prerelease='"
        ),
        "v1.4.6",
    ),
    (
        "prometheus, whose variable is in another module",
        "github.com/prometheus/prometheus",
        (
            "-X github.com/prometheus/common/version.Version=2.44.0"
            " -X github.com/prometheus/common/version.Revision=1ac5131f698ebc60f13fe2727f89b115a41f6558"
            " -X github.com/prometheus/common/version.BuildDate=20230514-06:18:11  -extldflags '-static'"
        ),
        "v2.44.0",
    ),
    (
        "influxdb",
        "github.com/influxdata/influxdb/v2",
        (
            "-s -w -X main.version=v2.7.1 -X main.commit=407fa622e9 -X main.date=2023-04-28T13:24:27Z"
            " -linkmode=external -extldflags '-fno-PIC -static-pie -Wl,-z,stack-size=8388608'"
        ),
        "v2.7.1",
    ),
    (
        "gitea",
        "code.gitea.io/gitea",
        (
            ' -X "main.MakeVersion=GNU Make 4.1" -X "main.Version=1.19.3"'
            ' -X "main.Tags=bindata sqlite sqlite_unlock_notify" '
        ),
        "v1.19.3",
    ),
    (
        "docker sbom",
        "github.com/docker/sbom-cli-plugin",
        (
            "-w -s -X github.com/docker/sbom-cli-plugin/internal/version.version=0.6.1-SNAPSHOT-02cf1c8"
            " -X github.com/docker/sbom-cli-plugin/internal/version.gitDescription=v0.6.1-dirty "
        ),
        "v0.6.1-SNAPSHOT-02cf1c8",
    ),
    (
        "docker scout",
        "github.com/docker/scout-cli-plugin",
        "-w -s -extldflags '-static' -X github.com/docker/scout-cli-plugin/internal.version=0.10.0 ",
        "v0.10.0",
    ),
    (
        "telegraf",
        "github.com/influxdata/telegraf",
        (
            "-w -s -X github.com/influxdata/telegraf/internal.Commit=a3a884a1"
            " -X github.com/influxdata/telegraf/internal.Version=1.26.2"
        ),
        "v1.26.2",
    ),
    (
        "argocd",
        "github.com/argoproj/argo-cd/v2",
        (
            "-X github.com/argoproj/argo-cd/v2/common.version=2.7.2"
            ' -X github.com/argoproj/argo-cd/v2/common.kubectlVersion=v0.24.2 -extldflags="-static"'
        ),
        "v2.7.2",
    ),
    (
        "kustomize, whose value is a tag in a folder",
        "sigs.k8s.io/kustomize/api",
        "-s -X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v4.5.7",
        "v4.5.7",
    ),
    (
        "TiDB 7",
        "github.com/pingcap/tidb",
        (
            '-X "github.com/pingcap/tidb/pkg/parser/mysql.TiDBReleaseVersion=v7.5.0"'
            ' -X "github.com/pingcap/tidb/pkg/util/versioninfo.TiDBBuildTS=2023-11-24 08:51:04"'
        ),
        "v7.5.0",
    ),
    (
        "TiDB 6",
        "github.com/pingcap/tidb",
        '-X "github.com/pingcap/tidb/parser/mysql.TiDBReleaseVersion=v6.1.7"',
        "v6.1.7",
    ),
    (
        "logstash-exporter",
        "github.com/kuskoman/logstash-exporter",
        "-w -s     -X github.com/kuskoman/logstash-exporter/config.Version=v1.7.0",
        "v1.7.0",
    ),
    (
        "hugo, which tells its vendor alone",
        "github.com/gohugoio/hugo",
        "-s -w -X github.com/gohugoio/hugo/common/hugo.vendorInfo=gohugoio",
        "",
    ),
    ("ghostunnel, which tells a commit", "github.com/ghostunnel/ghostunnel", "-X main.version=77d9aaa", ""),
    (
        "opa, which tells a host",
        "github.com/open-policy-agent/opa",
        " -X github.com/open-policy-agent/opa/version.Hostname=9549178459bc",
        "",
    ),
    (
        "macvlan of cri-o",
        "github.com/containernetworking/plugins",
        (
            "-extldflags -static -X"
            " github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion=v1.2.0"
        ),
        "v1.2.0",
    ),
    ("coder", "github.com/coder/coder", "-s -w -X 'github.com/coder/coder/buildinfo.tag=0.23.4'", "v0.23.4"),
    (
        "two modules",
        "github.com/foo/baz",
        (
            "-extldflags -static -X github.com/foo/bar/buildversion.BuildVersion=v1.2.0"
            " -X github.com/foo/baz/buildversion.BuildVersion=v2.4.5"
        ),
        "v2.4.5",
    ),
    (
        "krakenD, whose variable is in another module that anyone may link",
        "github.com/krakendio/krakend-ce/v2",
        (
            "-X github.com/luraproject/lura/v2/core.KrakendVersion=2.3.2"
            " -X github.com/luraproject/lura/v2/core.GoVersion=1.20.4"
        ),
        "",
    ),
    (
        "k3s",
        "github.com/k3s-io/k3s",
        "-X github.com/k3s-io/k3s/pkg/version.Version=v1.28.6+k3s2 -extldflags '-static -lm -ldl -lz'",
        "v1.28.6+k3s2",
    ),
    ("ver", TRIVY, f"-s -w -X=foo=bar -X={TRIVY}/pkg/version/app.ver=v0.50.1", "v0.50.1"),
    ("Ver", TRIVY, f"-s -w -X=foo=bar -X={TRIVY}/pkg/version.Ver=v0.50.1", "v0.50.1"),
    ("Version", TRIVY, f"-X={TRIVY}/pkg/version.Version=v0.50.1", "v0.50.1"),
    ("quoted", TRIVY, f'"-X={TRIVY}/pkg/version.Ver=0.50.1"', "v0.50.1"),
    (
        "cmd before version",
        TRIVY,
        f"-X={TRIVY}/cmd/Any.Ver=0.50.0 -X={TRIVY}/pkg/version.Ver=0.50.1",
        "v0.50.0",
    ),
    ("cmd alone", TRIVY, f"-X={TRIVY}/cmd/Any.Ver=0.50.0", "v0.50.0"),
    ("cmd before others", TRIVY, f"-X={TRIVY}/cmd/Any.Ver=0.50.0 -X={TRIVY}/pkg/Any.Ver=0.50.1", "v0.50.0"),
    ("common alone", TRIVY, f"-X={TRIVY}/pkg/Common.Ver=0.50.1", "v0.50.1"),
    (
        "common before others",
        TRIVY,
        f"-X={TRIVY}/pkg/Any.Ver=0.50.0 -X={TRIVY}/pkg/Common.Ver=0.50.1",
        "v0.50.1",
    ),
    ("others", TRIVY, f"-X={TRIVY}/pkg/Any.Ver=0.50.1", "v0.50.1"),
    ("two likely ones", TRIVY, f"-X={TRIVY}/pkg/Common.Ver=0.50.0 -X={TRIVY}/pkg/Main.Ver=0.50.1", ""),
    ("two others", TRIVY, f"-X={TRIVY}/pkg/Any.Ver=0.50.1 -X={TRIVY}/pkg/Any-pref.Ver=0.50.0", ""),
    (
        "two that agree",
        TRIVY,
        f"-X={TRIVY}/pkg/Any.Ver=0.50.1 -X={TRIVY}/pkg/Any-pref.Ver=v0.50.1",
        "v0.50.1",
    ),
    (
        "the version of something else",
        "github.com/argoproj/argo-cd/v2",
        "-s -w -X=github.com/argoproj/argo-cd/v2/common.kubectlVersion=v0.26.11",
        "",
    ),
    ("no main module, and main", "", "-X main.version=1.2.3", "v1.2.3"),
    ("no main module, and another", "", "-X example.com/a.version=1.2.3", ""),
    ("a version with spaces", "example.com/a", "-X 'main.version=1.2.3 or so'", ""),
)


@pytest.mark.parametrize(("program", "module", "flags", "version"), ROWS, ids=[row[0] for row in ROWS])
def test_the_version_that_the_linker_set(program: str, module: str, flags: str, version: str) -> None:
    claim = linker_claim(module, set_values(flags))
    assert (claim.version if claim else "") == version, program
    if claim:
        assert claim.source == "linker-flags"
        assert f"{claim.name}=" in flags


def test_the_variable_is_named() -> None:
    claim = linker_claim("example.com/a", ["main.commit=1.2.3", "main.version=1.2.3"])
    assert claim == VersionClaim(source="linker-flags", version="v1.2.3", name="main.version")
    assert str(claim) == "v1.2.3 (-X main.version)"


COMMIT = "20260102030405-abcdefabcdef"


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("v1.2.3", "v1.2.3", False),
        ("v1.2.3", "v1.2.4", True),
        ("v1.2.3+dirty", "v1.2.3", False),
        ("v1.2.3-dirty", "v1.2.3", False),
        ("v2.0.0+incompatible.dirty", "v2.0.0+incompatible", False),
        (f"v0.0.0-{COMMIT}", "v1.2.3", False),
        ("v1.2.3", f"v0.0.0-{COMMIT}+dirty", False),
        (f"v2.0.0-{COMMIT}", "v2.1.0", False),
        (f"v0.0.0-{COMMIT}", "v0.0.0-20260102030405-aaaaaaaaaaaa", True),
        (f"v1.2.4-0.{COMMIT}", "v1.2.3", True),
        (f"v1.2.4-0.{COMMIT}", "v1.2.3-5-gabcdefa", False),
        (f"v1.3.0-rc.1.0.{COMMIT}", "v1.3.0", True),
        (f"v1.2.4-0.{COMMIT}", "v1.2.4-SNAPSHOT-abcdefa", False),
        (f"v2.0.1-0.{COMMIT}+incompatible", "v2.0.0", True),
        ("v1.3.0-rc.1", "v1.3.0", True),
    ],
)
def test_what_contradicts(one: str, other: str, *, contradict: bool) -> None:
    claims = [
        VersionClaim(source="build-info", version=one),
        VersionClaim(source="linker-flags", version=other, name="main.version"),
    ]
    found = list(contradictions(claims))
    assert found == ([(claims[0], claims[1])] if contradict else [])
    assert list(contradictions(reversed(claims))) == ([(claims[1], claims[0])] if contradict else [])


def test_a_contradiction_in_words() -> None:
    claims = [
        VersionClaim(source="option", version="v1.0.0"),
        VersionClaim(source="tag", version="v1.0.1"),
        VersionClaim(source="pseudo-version", version=f"v1.0.2-0.{COMMIT}"),
        VersionClaim(source="build-info", version="v1.0.3"),
    ]
    assert [sentence("example.com/a", *each) for each in contradictions(claims[:2])] == [
        (
            "example.com/a has two versions: v1.0.0 (the options of this run)"
            " and v1.0.1 (the tag of the checked out commit)"
        )
    ]
    assert sentence("a", *claims[2:]) == (
        f"a has two versions: v1.0.2-0.{COMMIT} (the checked out commit) and v1.0.3 (the build info)"
    )


def test_what_a_repository_does_not_tell_is_no_statement() -> None:
    assert tree_claim(TreeVersion(version=Stated(unknown_because="no git"))) is None
    told = TreeVersion(version=Stated(value="v1.0.0"), source="tag", commit="a" * 40)
    assert tree_claim(told) == VersionClaim(source="tag", version="v1.0.0")
