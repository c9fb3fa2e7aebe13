use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "tls-warnings-disabled",
        summary: "Warnings about connections that aren't verified are switched off",
        severity: Severity::Low,
        cwe: 295,
        owasp: "A07:2021",
        area: "transport",
        aliases: &["DUO131"],
        page: include_str!("tls-warnings-disabled.md"),
    },
    sinks: &[],
};
