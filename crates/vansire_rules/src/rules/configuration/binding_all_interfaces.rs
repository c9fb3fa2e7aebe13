use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "binding-all-interfaces",
        summary: "A server listens on every network interface",
        severity: Severity::Low,
        cwe: 1327,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &["B104", "S104"],
        page: include_str!("binding-all-interfaces.md"),
    },
    sinks: &[],
};
