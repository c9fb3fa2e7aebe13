use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "remote-code-trusted",
        summary: "Code from a repository of models is downloaded and run",
        severity: Severity::Medium,
        cwe: 829,
        owasp: "A08:2021",
        area: "deserialization",
        aliases: &[],
        page: include_str!("remote-code-trusted.md"),
    },
    sinks: &[],
};
