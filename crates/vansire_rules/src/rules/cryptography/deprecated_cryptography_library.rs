use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "deprecated-cryptography-library",
        summary: "Cryptography comes from a package that nobody maintains",
        severity: Severity::High,
        cwe: 1104,
        owasp: "A06:2021",
        area: "cryptography",
        aliases: &["B413", "S413", "DUO133"],
        page: include_str!("deprecated-cryptography-library.md"),
    },
    sinks: &[],
};
