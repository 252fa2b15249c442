"""Which stacks there are, and how a run's choices become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from conformance.extensions import Table
from conformance.stacks.errors import StackError
from conformance.stacks.spec import OwnPage, StackOption, StackOptions, StackSpec

if TYPE_CHECKING:
    from conformance.stacks.base import Stack


def _embedded(options: StackOptions) -> Stack:
    from conformance.stacks.embedded import EmbeddedStack

    return EmbeddedStack(
        options.folder,
        client_files=options.client_files,
        break_rules=options.break_rules,
        ai_endpoint=options.ai_endpoint,
    )


def _native(options: StackOptions) -> Stack:
    from conformance.stacks.native import NativeStack
    from conformance.stacks.programs.reference_page import reference_client

    return NativeStack(
        options.folder,
        client_files=options.client_files or reference_client(),
        server_path=options.server_path,
        server_version=options.server_version,
        ai_endpoint=options.ai_endpoint,
    )


def _compose(options: StackOptions) -> Stack:
    from conformance.stacks.compose import ComposeStack

    return ComposeStack(
        options.folder,
        server_version=options.server_version,
        client_files=options.client_files,
    )


def _external(options: StackOptions) -> Stack:
    from conformance.stacks.external.deployment import load_deployment
    from conformance.stacks.external.stack import ExternalStack

    return ExternalStack(
        options.folder, load_deployment(options.deployment, insecure=options.insecure)
    )


def _describe_external(options: StackOptions) -> list[str]:
    from conformance.stacks.external import stack as external
    from conformance.stacks.external.deployment import load_deployment

    return external.describe(load_deployment(options.deployment, insecure=options.insecure))


def _describe_local(where: str) -> list[str]:
    return [
        f"its services are started for each worker, {where}, with credentials of their own",
        "everything is torn down and removed in the end; the logs stay in the run's folder",
    ]


_EMBEDDED: Final = StackSpec(
    name="embedded",
    summary="NATS, LiveKit and the suite's reference server, on this machine",
    make=_embedded,
    describe=lambda _: _describe_local("on free loopback ports"),
    needs_local_services=True,
    takes_ai_endpoint=True,
    can_seed_faults=True,
    is_reference=True,
)
_NATIVE: Final = StackSpec(
    name="native",
    summary="a plugnmeet-server on this machine, beside MariaDB, Redis, NATS and LiveKit",
    make=_native,
    describe=lambda _: _describe_local("on free loopback ports"),
    accepts=frozenset({"server_path", "server_version"}),
    needs_local_services=True,
    takes_ai_endpoint=True,
)
_COMPOSE: Final = StackSpec(
    name="compose",
    summary="the official images under Docker Compose",
    make=_compose,
    describe=lambda _: _describe_local("in containers"),
    accepts=frozenset({"server_version"}),
    requires=frozenset({"server_version"}),
    own_page=OwnPage.PRODUCT,
)
_EXTERNAL: Final = StackSpec(
    name="external",
    summary="a deployment that already runs, described by --deployment",
    make=_external,
    describe=_describe_external,
    accepts=frozenset({"deployment", "insecure"}),
    own_page=OwnPage.DEPLOYED,
    serves_given_files=False,
)

STACKS: Final = Table("stack", StackSpec, (_EMBEDDED, _NATIVE, _COMPOSE, _EXTERNAL))
DEFAULT: Final = _EMBEDDED.name

_OPTIONS: Final[tuple[StackOption, ...]] = get_args(StackOption)
_EXAMPLES: Final[dict[StackOption, str]] = {"server_version": ", as in 2.4.0"}


def refuse_contradictions(options: StackOptions) -> StackSpec:
    """The spec of the run's stack, whose choices fit together.

    Raises:
        ExtensionProblem: there is no such stack, or it cannot be used.
        StackError: the choices do not fit together; the message is one sentence.
    """
    spec = STACKS[options.name]
    for option in _OPTIONS:
        given, flag = getattr(options, option), "--" + option.replace("_", "-")
        if given and option not in spec.accepts:
            fit = [own.name for own in STACKS.own.values() if option in own.accepts]
            stacks = " or ".join(f"--stack {name}" for name in fit)
            raise StackError(f"{flag} is for {stacks}; this run has --stack {spec.name}")
        if not given and option in spec.requires:
            example = _EXAMPLES.get(option, "")
            raise StackError(f"--stack {spec.name} needs {flag}{example}")
    if options.break_rules and not spec.can_seed_faults:
        raise StackError(
            f"--break {options.break_rules[0]}: only the reference server breaks rules; "
            f"this run has --stack {spec.name}"
        )
    return spec


def make_stack(options: StackOptions) -> Stack:
    """The stack, not started yet; each kind's module is loaded only where it is wanted.

    Raises:
        ExtensionProblem: there is no such stack, or it cannot be used.
        StackError: the choices do not fit, or something that they name is not there.
    """
    return refuse_contradictions(options).make(options)


def describe(options: StackOptions) -> list[str]:
    """What a run with this stack would do, in sentences; nothing is started or contacted.

    Raises:
        ExtensionProblem: there is no such stack, or it cannot be used.
        StackError: the choices do not fit, or the deployment is not described.
    """
    return refuse_contradictions(options).describe(options)
