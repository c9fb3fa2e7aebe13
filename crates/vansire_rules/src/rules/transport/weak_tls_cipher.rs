use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-tls-cipher",
        summary: "A TLS context accepts ciphers that are broken, or that authenticate nobody",
        severity: Severity::Medium,
        cwe: 327,
        owasp: "A02:2021",
        area: "transport",
        aliases: &[],
        page: include_str!("weak-tls-cipher.md"),
    },
    sinks: &[],
};
