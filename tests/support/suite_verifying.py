"""Shared parts of the compatibility suite's steps about verification."""

from dataclasses import dataclass, field

import pypact

ERRORS = {
    "Response status did not match": {"StatusMismatch"},
    "Headers had differences": {"HeaderMismatch"},
    "Body had differences": {"BodyMismatch", "BodyTypeMismatch"},
    "Metadata had differences": {"MetadataMismatch"},
}


@dataclass
class Verification:
    """A verification: its settings and its result."""

    pacts: list = field(default_factory=list)
    app: object = None
    options: dict = field(default_factory=dict)
    register: list = field(default_factory=list)
    happened: list = field(default_factory=list)
    result: object = None
    printed: str = ""

    def run(self):
        verifier = pypact.Verifier("p", app=self.app, pacts=self.pacts, **self.options)
        for register in self.register:
            register(verifier)
        try:
            self.result = verifier.verify()
        except pypact.VerificationFailed as error:
            self.result = error.result

    def configure_states(self, *, fails=False):
        """Register one function for all states, like the suite's state callback."""

        def configure(verifier):
            verifier.state("")(callback)
            verifier.state("{called}")(callback)

        def callback(params, called=""):
            given = {key: params[key] for key in params if key != "called"}
            self.happened.append(("setup", called, given))
            if fails:
                raise RuntimeError("the state cannot be reached")
            yield
            self.happened.append(("teardown", called, given))

        self.register.append(configure)

    def errors(self):
        """Return the suite's names of the errors."""
        found = set()
        for one in self.result.interactions:
            types = {mismatch.type_name for mismatch in one.mismatches}
            found |= {name for name, kinds in ERRORS.items() if types & kinds}
            if any(failure.kind.value == "state" for failure in one.failures):
                found.add("State change request failed")
        return found
