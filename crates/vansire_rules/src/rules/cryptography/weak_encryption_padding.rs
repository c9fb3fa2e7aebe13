use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-encryption-padding",
        summary: "Text is encrypted with RSA and the padding of PKCS #1 v1.5",
        severity: Severity::Medium,
        cwe: 780,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &[],
        page: include_str!("weak-encryption-padding.md"),
    },
    sinks: &[],
};
