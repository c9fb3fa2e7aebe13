use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "ldap-injection",
        summary: "User input becomes part of an LDAP filter or distinguished name",
        severity: Severity::High,
        cwe: 90,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("ldap-injection.md"),
    },
    sinks: &["ldap"],
};
