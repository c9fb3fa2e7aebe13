use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "tls-verification-disabled",
        summary: "A TLS connection doesn't verify who it is connected to",
        severity: Severity::High,
        cwe: 295,
        owasp: "A07:2021",
        area: "transport",
        aliases: &["B501", "S501", "DUO122", "DUO123", "DUO127", "DUO132"],
        page: include_str!("tls-verification-disabled.md"),
    },
    sinks: &[],
};
