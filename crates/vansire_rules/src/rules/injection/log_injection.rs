use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "log-injection",
        summary: "User input with line breaks is written to a log",
        severity: Severity::Low,
        cwe: 117,
        owasp: "A09:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("log-injection.md"),
    },
    sinks: &["log"],
};
