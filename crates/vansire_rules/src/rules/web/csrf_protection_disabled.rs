use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "csrf-protection-disabled",
        summary: "Requests that other sites make in a user's name are accepted",
        severity: Severity::Medium,
        cwe: 352,
        owasp: "A01:2021",
        area: "web",
        aliases: &[],
        page: include_str!("csrf-protection-disabled.md"),
    },
    sinks: &[],
};
