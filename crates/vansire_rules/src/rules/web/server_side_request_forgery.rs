use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "server-side-request-forgery",
        summary: "User input decides to which host the server connects",
        severity: Severity::High,
        cwe: 918,
        owasp: "A10:2021",
        area: "web",
        aliases: &["B310", "S310"],
        page: include_str!("server-side-request-forgery.md"),
    },
    sinks: &["url", "host"],
};
