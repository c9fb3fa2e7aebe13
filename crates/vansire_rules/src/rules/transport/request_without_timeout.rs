use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "request-without-timeout",
        summary: "A request to another server can wait for ever",
        severity: Severity::Low,
        cwe: 400,
        owasp: "A04:2021",
        area: "transport",
        aliases: &["B113", "S113", "W3101", "missing-timeout"],
        page: include_str!("request-without-timeout.md"),
    },
    sinks: &[],
};
