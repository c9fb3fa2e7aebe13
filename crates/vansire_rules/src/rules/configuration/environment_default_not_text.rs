use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "environment-default-not-text",
        summary: "A variable of the environment is a text, and something else where it isn't set",
        severity: Severity::Low,
        cwe: 704,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &["PLW1508", "W1508", "invalid-envvar-default"],
        page: include_str!("environment-default-not-text.md"),
    },
    sinks: &[],
};
