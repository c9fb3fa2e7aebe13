use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "trust-boundary-violation",
        summary: "Raw input is kept in the session, where it is taken for trusted",
        severity: Severity::Medium,
        cwe: 501,
        owasp: "A04:2021",
        area: "web",
        aliases: &[],
        page: include_str!("trust-boundary-violation.md"),
    },
    sinks: &["session-key", "session-value"],
};
