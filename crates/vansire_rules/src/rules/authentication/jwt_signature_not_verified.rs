use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "jwt-signature-not-verified",
        summary: "The claims of a JSON Web Token are read without verification of its signature",
        severity: Severity::High,
        cwe: 347,
        owasp: "A07:2021",
        area: "authentication",
        aliases: &["DUO137"],
        page: include_str!("jwt-signature-not-verified.md"),
    },
    sinks: &["token"],
};
