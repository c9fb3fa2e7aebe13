//! Values that are wrong in themselves: whether that is so, and how sure and how bad it is here.

use vansire_finding::{Confidence, Finding, Severity};
use vansire_python::Symbol;
use vansire_python::ir::{BodyKind, Expr, ExprKind, Span, StmtKind, TargetKind, UnaryOperator, Variable};
use vansire_python::walk;

use super::classes::Ancestor;
use super::defaults::Configured;
use super::external::CallSite;
use super::place::{Place, names_within};
use super::ports::is_any_of_many;
use super::purpose::{names_identity, names_password, names_protection, words};
use super::{Frame, Solver};
use crate::FlowRule;
use crate::domain::{BodyIndex, FileIndex, ObjectKind, Ref};
use crate::model::{Base, Check, CheckPurpose, ConditionModel};

/// What a check has to say of a place.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    message: String,
    scope: Symbol,
    body: BodyIndex,
    severity: Option<Severity>,
    confidence: Confidence,
    /// The variable that is set up here: what is said of it in several places is one finding.
    subject: Option<Symbol>,
    /// The variable that may be given to the same function in another place, where all is well.
    same: Option<Symbol>,
    /// The check asks for such a variable.
    by_variable: bool,
    /// A flow that this rule has found in the same call says more.
    covered_by: Option<Symbol>,
}

/// Words in the names of options that decide about verification.
const OPTION_WORDS: [&str; 30] = [
    "verify",
    "verified",
    "verification",
    "ssl",
    "tls",
    "cert",
    "certs",
    "certificate",
    "certificates",
    "hostname",
    "insecure",
    "secure",
    "unverified",
    "validate",
    "validation",
    "trust",
    "trusted",
    "check",
    "checks",
    "skip",
    "allow",
    "ignore",
    "disable",
    "disabled",
    "strict",
    "unsafe",
    "debug",
    "cafile",
    "ca",
    "https",
];

/// Words that say that something isn't done.
const NEGATIVE_WORDS: [&str; 12] = [
    "no",
    "not",
    "skip",
    "ignore",
    "disable",
    "disabled",
    "insecure",
    "unverified",
    "unsafe",
    "allow",
    "untrusted",
    "without",
];

/// Words that say that something is verified, when true.
const POSITIVE_WORDS: [&str; 6] = ["verify", "verified", "validate", "check", "strict", "verification"];

impl<'p> Solver<'p> {
    pub(super) fn apply_check(&mut self, frame: &mut Frame<'p>, check: &Check, site: &CallSite<'_>) {
        if !frame.state.alive || self.is_installed(frame.file) {
            return;
        }
        // What nobody asked for asks nobody for constants.
        if check.guess && !self.input.rules.contains(&check.rule) {
            return;
        }
        let defaults = self.with_defaults(frame, site.arguments);
        let own = CallSite { arguments: defaults.as_ref().unwrap_or(site.arguments), ..*site };
        let site = &own;
        let mentions = |names: &[Symbol]| names.iter().any(|name| frame.ir.mentions.contains(name));
        if !check.mentions.is_empty() && !mentions(&check.mentions) || mentions(&check.unless_mentions) {
            return;
        }
        let held = self.conditions(frame, site, &check.when, &check.unless);
        let configured = if check.when.is_empty() { None } else { self.configured(frame, check, site, held) };
        let holds = configured.as_ref().map_or(held, |(holds, _)| *holds);
        let by_default = holds && !held && configured.as_ref().is_some_and(|(_, own)| own.open);
        let own = configured.and_then(|(holds, own)| holds.then_some(own.arguments));
        let own = CallSite { arguments: own.as_ref().unwrap_or(site.arguments), ..*site };
        let site = &own;
        if !holds {
            if check.same.is_some() && !site.arguments.positional.is_empty() {
                self.right_elsewhere.entry((frame.file, check.rule)).or_default().push(site.span);
                let place = Place::find(&frame.ir.block, site.span);
                if let Some(name) = variable(&place, check) {
                    self.refuted.entry((frame.body, check.rule, name)).or_default().push(site.span);
                }
            }
            return;
        }
        if check.purpose == CheckPurpose::Secret && !self.is_for_secret(frame.body, site.span) {
            return;
        }
        if check.purpose == CheckPurpose::SecretDigest
            && !(self.is_for_secret(frame.body, site.span) && self.is_digested(frame.body, site.span))
        {
            return;
        }
        if check.purpose == CheckPurpose::Dropped {
            let place = Place::find(&frame.ir.block, site.span);
            let dropped = place
                .statement
                .is_some_and(|one| matches!(&one.kind, StmtKind::Expr(value) if value.span == site.span));
            if !dropped {
                return;
            }
        }
        if !check.unless_overridden.is_empty() && self.is_overridden(frame, check, site) {
            return;
        }
        let key = (frame.file, site.span, check.rule);
        if self.checks.contains_key(&key) {
            return;
        }
        let mut remark = self.remark(frame, check, site);
        if matches!(check.purpose, CheckPurpose::Secret | CheckPurpose::SecretDigest)
            && frame.ir.kind == BodyKind::Function
            && !self.is_for_secret_here(frame.body, site.span)
        {
            // What a function within one that makes a secret makes may be another part of it.
            remark.confidence = remark.confidence.min(Confidence::Medium);
        }
        if by_default {
            remark.message.push_str(", unless something else is configured");
        }
        if defaults.is_some() || by_default {
            // Callers may give something else.
            remark.confidence = remark.confidence.min(Confidence::Medium);
        }
        self.checks.insert(key, remark);
    }

    /// Whether a digest or an encoding is made of what a call gives: of a time, that is no time any more.
    fn is_digested(&self, body: BodyIndex, span: Span) -> bool {
        self.names_around(body, span).iter().any(|name| {
            matches!(
                name.as_str(),
                "md5"
                    | "sha1"
                    | "sha224"
                    | "sha256"
                    | "sha384"
                    | "sha512"
                    | "blake2b"
                    | "b64encode"
                    | "b32encode"
                    | "urlsafe_b64encode"
                    | "hexlify"
                    | "hash"
            )
        })
    }

    /// Whether a check holds where nothing is configured, and the arguments of which that is said. None where that
    /// isn't known, or makes no difference.
    fn configured(
        &mut self,
        frame: &mut Frame<'p>,
        check: &Check,
        site: &CallSite<'_>,
        held: bool,
    ) -> Option<(bool, Configured)> {
        // Only a switch is surely off because it's off as long as nobody turns it on.
        let switch = |condition: &ConditionModel| condition.may.is_some();
        if held && !check.when.iter().any(switch) {
            return None;
        }
        let bits = check.when.iter().any(|condition| condition.bits.is_some());
        let place = Place::find(&frame.ir.block, site.span);
        let configured = self.where_nothing_is_configured(frame, site.arguments, &place, bits)?;
        if held && !configured.switched {
            return None;
        }
        let own = CallSite { arguments: &configured.arguments, ..*site };
        let holds = self.conditions(frame, &own, &check.when, &check.unless);
        (holds != held).then_some((holds, configured))
    }

    fn remark(&mut self, frame: &mut Frame<'p>, check: &Check, site: &CallSite<'_>) -> Remark {
        let place = Place::find(&frame.ir.block, site.span);
        let mut severity = check.severity;
        let mut confidence = check.confidence.unwrap_or(Confidence::High);
        if place.tests.iter().any(|(test, holds)| is_option(test, *holds)) {
            confidence = Confidence::Low;
        }
        let mut values: Vec<(&ConditionModel, Option<&'p Expr>)> = Vec::new();
        for condition in &check.when {
            if let Base::Argument { position, name } = condition.port.base {
                values.push((condition, place.argument(position, name)));
            }
        }
        for (condition, expression) in values {
            let decides = condition.is.is_some()
                || condition.may.is_some()
                || condition.below.is_some()
                || condition.bits.is_some()
                || condition.matches.is_some()
                || condition.types.is_some();
            let given = match (expression, &condition.port.base) {
                (Some(expression), _) => self.is_given(frame.body, expression),
                (None, Base::Argument { name: Some(name), .. }) => self.is_given_by_key(frame.body, *name),
                (None, _) => false,
            };
            if !decides {
                // A literal that another caller doesn't give.
                if given && condition.matches.is_some() {
                    confidence = confidence.min(Confidence::Medium);
                }
                continue;
            }
            if condition.port.path.is_empty() && is_any_of_many(site, condition) {
                // Some value of a mapping that is spread, under whatever key.
                confidence = Confidence::Low;
            }
            let value = self.port_value(frame, site, &condition.port);
            let alternatives =
                value.texts.len() + value.constants.len() + value.refs.len() + usize::from(value.other);
            if given || alternatives > 1 {
                // Another caller, or another way, has another value.
                confidence = confidence.min(Confidence::Medium);
            }
        }
        if let Some(ExprKind::Call(call)) = place.chain.last().map(|one| &one.kind)
            && let ExprKind::Subscript(_, index) = &call.callee.kind
            && !matches!(index.kind, ExprKind::Constant(_))
        {
            // What is called is one of a table.
            confidence = confidence.min(Confidence::Medium);
        }
        if let Some(ExprKind::Call(call)) = place.chain.last().map(|one| &one.kind)
            && matches!(call.callee.kind, ExprKind::Name(Variable::Local(_) | Variable::Free(_), _))
        {
            let callee = self.expression(frame, &call.callee);
            if callee.other || callee.refs.len() > 1 {
                // So is what a variable was set to.
                confidence = confidence.min(Confidence::Medium);
            }
        }
        if says_unverified(frame.ir.name) {
            confidence = confidence.min(Confidence::Medium);
        }
        if check.purpose == CheckPurpose::Digest {
            let (around, classes) = self.names_and_classes_around(frame.body, site.span);
            let mut inside = Vec::new();
            if let Some(ExprKind::Call(call)) = place.chain.last().map(|one| &one.kind) {
                call.arguments.iter().for_each(|argument| names_within(&argument.value, &mut inside));
            }
            if around.iter().any(|name| names_protection(name.as_str()))
                || inside.iter().any(|name| names_password(name.as_str()))
            {
                // As bad as it looks.
            } else if place.is_truncated() || around.iter().any(|name| names_identity(name.as_str())) {
                severity = Some(Severity::Low);
                confidence = Confidence::Low;
            } else if !classes.iter().any(|name| names_protection(name.as_str())) {
                confidence = confidence.min(Confidence::Medium);
            }
        }
        let message = self.message(frame, check, site);
        let subject = match place.statement.map(|statement| &statement.kind) {
            Some(StmtKind::Assign { targets, .. }) => targets.iter().find_map(|target| match &target.kind {
                TargetKind::Attribute(base, _) if target.span == site.span => dotted(base),
                _ => None,
            }),
            _ => None,
        };
        Remark {
            message,
            scope: frame.ir.qualified_name,
            body: frame.body,
            severity,
            confidence,
            subject,
            same: variable(&place, check),
            by_variable: check.same.is_some(),
            covered_by: check.covered_by,
        }
    }

    /// What a check says, with the value that it names.
    fn message(&mut self, frame: &mut Frame<'p>, check: &Check, site: &CallSite<'_>) -> String {
        let message = check.message.to_string();
        if !message.contains("{value}") {
            return message;
        }
        for condition in &check.when {
            let value = self.port_value(frame, site, &condition.port);
            let text = value.texts.iter().find_map(|text| text.as_constant().map(str::to_owned));
            let number = || value.constants.first().map(crate::domain::Constant::text);
            if let Some(found) = text.or_else(number) {
                return message.replace("{value}", &found);
            }
        }
        message.replace("{value}", "this value")
    }

    /// Whether who calls the body decides about a value: a parameter, or what an object of the caller's holds.
    fn is_given(&self, body: BodyIndex, expression: &Expr) -> bool {
        match &expression.kind {
            ExprKind::Name(Variable::Local(slot), _) => {
                (slot.0 as usize) < self.body(body).1.parameters.len()
            }
            ExprKind::Attribute(inner, _) | ExprKind::Subscript(inner, _) => self.is_given(body, inner),
            ExprKind::Call(call) => self.is_given(body, &call.callee),
            ExprKind::Tuple(all) => all.iter().any(|one| self.is_given(body, one)),
            _ => false,
        }
    }

    /// The same of what a body puts under this name into a dictionary, of which it makes arguments.
    fn is_given_by_key(&self, body: BodyIndex, name: Symbol) -> bool {
        self.body(body).1.block.iter().any(|statement| match &statement.kind {
            StmtKind::Assign { targets, value, .. } => {
                targets.iter().any(|target| {
                    matches!(&target.kind, TargetKind::Subscript(_, index) if super::purpose::text_of(index) == Some(name))
                }) && self.is_given(body, value)
            }
            _ => false,
        })
    }

    /// Whether the receiver is of a class of the project that sees to the matter in a method of its own.
    fn is_overridden(&mut self, frame: &mut Frame<'p>, check: &Check, site: &CallSite<'_>) -> bool {
        let Some(receiver) = site.receiver else { return false };
        let wanted: Vec<Symbol> = check
            .when
            .iter()
            .filter_map(|condition| match condition.port.base {
                Base::Argument { name, .. } => name,
                _ => None,
            })
            .collect();
        for reference in receiver.refs.clone() {
            let Ref::Object(id) = reference else { continue };
            let ObjectKind::Instance(class) = self.kind(frame, id) else { continue };
            for ancestor in self.lineage(frame, class) {
                let Ancestor::Class(class) = ancestor else { continue };
                let (file, body) = self.body(class.body);
                for statement in &body.block {
                    let StmtKind::Function { body: method, .. } = &statement.kind else { continue };
                    let (_, method) = self.body(self.body_index(file, *method));
                    if check.unless_overridden.contains(&method.name)
                        && wanted.iter().any(|name| speaks_of(method, *name))
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// The findings of checks, without those that a flow at the same place has made already.
    pub(super) fn report_checks(&self, rules: &[&'static FlowRule], findings: &mut Vec<Finding>) {
        // A place is right where none of the rule's checks has anything to say.
        let right = |file: FileIndex, rule: Symbol, spans: Option<&Vec<Span>>| {
            spans
                .is_some_and(|spans| spans.iter().any(|span| !self.checks.contains_key(&(file, *span, rule))))
        };
        let refuted = |file: FileIndex, rule: Symbol, remark: &Remark| {
            remark.same.is_some_and(|name| right(file, rule, self.refuted.get(&(remark.body, rule, name))))
        };
        let mut last: Option<(FileIndex, BodyIndex, Symbol, Symbol, usize)> = None;
        for ((file, span, name), remark) in &self.checks {
            let Some(rule) = rules.iter().find(|rule| rule.metadata.name == name.as_str()) else { continue };
            let location = self.location(*file, *span);
            let flow = findings
                .iter()
                .position(|own| own.rule.name == rule.metadata.name && own.location == location);
            let covered = remark.covered_by.is_some_and(|covering| {
                findings.iter().any(|own| {
                    own.rule.name == covering.as_str()
                        && own.location.path == location.path
                        && own.location.cell == location.cell
                        && own.location.start.line <= location.start.line
                        && location.end.line <= own.location.end.line
                })
            });
            if covered {
                continue;
            }
            if refuted(*file, *name, remark) {
                // What a client sent may have been used before it was verified.
                if let Some(flow) = flow {
                    findings[flow].confidence = Confidence::Low;
                }
                continue;
            }
            if let Some(flow) = flow {
                // A helper for a first look stands beside the function that verifies.
                if remark.by_variable && right(*file, *name, self.right_elsewhere.get(&(*file, *name))) {
                    findings[flow].confidence = findings[flow].confidence.min(Confidence::Medium);
                }
                continue;
            }
            // Settings of one object that go together are one finding.
            if let Some(subject) = remark.subject
                && let Some((of, body, variable, said, at)) = last
                && (of, body, variable, said) == (*file, remark.body, subject, *name)
            {
                let earlier = &mut findings[at];
                if remark.confidence > earlier.confidence {
                    earlier.confidence = remark.confidence;
                    earlier.message.clone_from(&remark.message);
                }
                if location.start.line <= earlier.location.end.line + 1
                    && location.cell == earlier.location.cell
                {
                    earlier.location.end = location.end;
                }
                continue;
            }
            last = remark.subject.map(|subject| (*file, remark.body, subject, *name, findings.len()));
            findings.push(Finding {
                rule: rule.metadata,
                code: None,
                severity: remark.severity.unwrap_or(rule.metadata.severity),
                confidence: remark.confidence,
                message: remark.message.clone(),
                location,
                trace: Vec::new(),
                related: Vec::new(),
                fingerprint: remark.scope.to_string(),
                content_fingerprint: String::new(),
                snippet: String::new(),
                fix: None,
                suppression: None,
            });
        }
    }
}

/// The plain variable that a check's `unless-also` names.
fn variable(place: &Place<'_>, check: &Check) -> Option<Symbol> {
    let Base::Argument { position, name } = check.same.as_ref()?.base else { return None };
    match &place.argument(position, name)?.kind {
        ExprKind::Name(_, name) => Some(*name),
        _ => None,
    }
}

/// `self.context` as one name.
fn dotted(expression: &Expr) -> Option<Symbol> {
    match &expression.kind {
        ExprKind::Name(_, name) => Some(*name),
        ExprKind::Attribute(inner, name) => Some(Symbol::new(&format!("{}.{name}", dotted(inner)?))),
        _ => None,
    }
}

/// Whether a test asks what the user of the code wants: `if not verify_ssl`.
fn is_option(test: &Expr, holds: bool) -> bool {
    match &test.kind {
        ExprKind::Unary(UnaryOperator::Not, inner) => return is_option(inner, !holds),
        ExprKind::Boolean(_, all) => return all.iter().any(|one| is_option(one, holds)),
        _ => {}
    }
    let mut names = Vec::new();
    names_within(test, &mut names);
    let words: Vec<String> = names.iter().flat_map(|name| words(name.as_str())).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let plain = matches!(test.kind, ExprKind::Name(..) | ExprKind::Attribute(..) | ExprKind::Subscript(..));
    // Who asks for verification and doesn't get it has no choice.
    let contrary = plain && holds && has(&POSITIVE_WORDS) && !has(&NEGATIVE_WORDS);
    has(&OPTION_WORDS) && !contrary
}

/// Whether a function's name tells its callers what they get: `create_unverified_context`.
fn says_unverified(name: Symbol) -> bool {
    let words = words(name.as_str());
    let has = |word: &str| words.iter().any(|own| own == word);
    ["unverified", "insecure", "unsafe", "noverify", "untrusted"].iter().any(|word| has(word))
        || (has("no") || has("without") || has("disable") || has("skip"))
            && POSITIVE_WORDS.iter().chain(&["verification", "ssl", "tls"]).any(|word| has(word))
}

/// Whether a body has a name, a keyword or a text that is this.
fn speaks_of(body: &vansire_python::ir::Body, name: Symbol) -> bool {
    body.mentions.contains(&name) || {
        let mut found = false;
        walk::outermost(&body.block, &mut |expression| {
            let mut names = Vec::new();
            names_within(expression, &mut names);
            found = found || names.contains(&name);
        });
        found
    }
}
