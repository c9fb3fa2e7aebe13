use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "shared-request-state",
        summary: "A view keeps what belongs to one user where the requests of all users find it",
        severity: Severity::Low,
        cwe: 488,
        owasp: "A04:2021",
        area: "web",
        aliases: &[],
        page: include_str!("shared-request-state.md"),
    },
    sinks: &[],
};
