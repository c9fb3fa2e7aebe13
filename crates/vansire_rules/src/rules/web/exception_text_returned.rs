use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "exception-text-returned",
        summary: "The text of an exception or a stack trace is sent to the client",
        severity: Severity::Low,
        cwe: 209,
        owasp: "A04:2021",
        area: "web",
        aliases: &[],
        page: include_str!("exception-text-returned.md"),
    },
    sinks: &[],
};
