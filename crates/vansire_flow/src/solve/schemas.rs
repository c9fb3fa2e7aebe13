//! Classes made of declared fields that check what they're given: forms, serializers, schemas.
//!
//! A field's type and its validators are guards. Where a library converts (`cleaned_data`, `validated_data`,
//! `load`), what it gives is made field by field; where it only tells (`form.validate()`), its answer proves
//! something of each field's value.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::classes::Ancestor;
use super::comparisons::collect_facts;
use super::{Frame, Solver};
use crate::domain::{
    ClassRef, Fact, Facts, Identity, Key, Labels, Object, ObjectId, ObjectKind, Ref, State, Text, Value,
};
use crate::text::{CharSet, Form};

/// Fields within fields, schemas within schemas are followed this deep.
const MAXIMUM_SCHEMAS: u32 = 3;

/// The numbers of what is made here among what a call allocates.
const DECLARED: u32 = 690;
const MADE: u32 = 0xF000_0000;

/// The second number of values that a field hands to its validators.
pub(super) const FIELD_VALUE: u32 = 730;

/// Where in the schemas within a schema something is made.
#[derive(Clone, Copy, Default)]
pub(super) struct Nesting {
    depth: u32,
    number: u32,
}

impl Nesting {
    pub fn within(self, field: usize) -> Self {
        Self { depth: self.depth + 1, number: self.number.wrapping_mul(127).wrapping_add(field as u32 + 1) }
    }

    pub fn goes_on(self) -> bool {
        self.depth < MAXIMUM_SCHEMAS
    }

    /// What an object made here is called among those of the call.
    pub fn tag(self, kind: u32) -> u32 {
        MADE + (self.number.wrapping_mul(4).wrapping_add(kind)) % 0x0FFF_FFFF
    }
}

/// A field as its class declares it.
pub(super) struct Declaration {
    pub kind: Symbol,
    /// What it was made with: keywords are fields, the rest are elements.
    pub object: Option<Rc<Object>>,
}

impl Declaration {
    pub fn option(&self, position: usize, name: &str) -> Option<&Value> {
        let object = self.object.as_ref()?;
        object.field(Symbol::new(name)).or_else(|| object.elements.get(position))
    }

    pub fn keyword(&self, name: &str) -> Option<&Value> {
        self.object.as_ref()?.field(Symbol::new(name))
    }

    pub fn is_of(&self, package: &str) -> bool {
        self.kind.as_str().starts_with(package)
    }

    /// The name of its type, without what all types of fields are called.
    pub fn last_name(&self) -> &'static str {
        let last = self.kind.as_str().rsplit('.').next().unwrap_or_default();
        last.strip_suffix("Field").filter(|name| !name.is_empty()).unwrap_or(last)
    }
}

/// Whether calling this declares a field, or makes something that checks the value of one.
fn declares(name: Symbol) -> bool {
    let Some((module, last)) = name.as_str().rsplit_once('.') else { return false };
    match module.split('.').next() {
        Some("django") => match module.strip_prefix("django.") {
            Some("core.validators") => true,
            Some(module) => module.starts_with("forms") && last.ends_with("Field"),
            None => false,
        },
        Some("rest_framework") => last.ends_with("Field"),
        Some("wtforms" | "flask_wtf") => last.ends_with("Field") || module.contains("validators"),
        Some("marshmallow") => matches!(module, "marshmallow.fields" | "marshmallow.validate"),
        _ => false,
    }
}

impl<'p> Solver<'p> {
    /// A field or a validator that a class is declared with remembers what it is made with; none for all else.
    pub(super) fn declaration(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        if !declares(name) || arguments.rest.is_some() {
            return None;
        }
        let mut object = Object::new(ObjectKind::External(name));
        object.elements.clone_from(&arguments.positional);
        object.fields.clone_from(&arguments.keywords);
        Some(Value::object(self.allocate(frame, span, DECLARED, object)))
    }

    pub(super) fn declared(&mut self, frame: &mut Frame<'p>, field: &Value) -> Option<Declaration> {
        for reference in &field.refs {
            match reference {
                Ref::Instance(kind) => return Some(Declaration { kind: *kind, object: None }),
                Ref::External(kind) => return Some(Declaration { kind: *kind, object: None }),
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    match &object.kind {
                        ObjectKind::External(kind) => {
                            return Some(Declaration { kind: *kind, object: Some(object.clone()) });
                        }
                        // A type of field of the project's own.
                        ObjectKind::Instance(class) => {
                            let externals = self.external_ancestors(frame, *class);
                            if let Some(kind) = externals.into_iter().find(|kind| declares(*kind)) {
                                return Some(Declaration { kind, object: Some(object.clone()) });
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The fields that a class and its bases declare, in order.
    pub(super) fn declared_fields(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
    ) -> Vec<(Symbol, Value)> {
        let mut fields: Vec<(Symbol, Value)> = Vec::new();
        for ancestor in lineage.iter().rev() {
            let Ancestor::Class(class) = ancestor else { continue };
            for (name, field) in &self.object(frame, class.namespace).fields {
                match fields.iter_mut().find(|(own, _)| own == name) {
                    Some((_, own)) => own.clone_from(field),
                    None => fields.push((*name, field.clone())),
                }
            }
        }
        fields
    }

    // ---- what validators prove

    /// What holds of a value that a field lets pass as the text it was given.
    pub(super) fn field_fact(
        &mut self,
        frame: &mut Frame<'p>,
        field: &Declaration,
        value: &Value,
        form: Option<&Value>,
        span: Span,
    ) -> Fact {
        let Some(identity) = value.identity else { return Fact::default() };
        let before = frame.state.clone();
        frame.state.forget(identity);
        self.check_field(frame, field, value, form, span);
        let fact = frame.state.fact(identity).cloned().unwrap_or_default();
        frame.state = before;
        fact
    }

    /// What is read of a declared field: of this field, and not of all of its type.
    pub(super) fn field_data(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: Symbol,
        value: Value,
    ) -> Value {
        let ObjectId::Global(number) = id else { return value };
        let object = self.object(frame, id);
        match &object.kind {
            ObjectKind::External(kind) if declares(*kind) => {}
            _ => return value,
        }
        let number_type = |one: &Ref| {
            matches!(one, Ref::External(name)
                if matches!(name.as_str(), "builtins.int" | "builtins.float" | "builtins.bool"))
        };
        if object.field(Symbol::new("coerce")).is_some_and(|coerce| coerce.refs.iter().any(number_type)) {
            return Value::unknown();
        }
        value.with_identity(Some(Identity::Entity(Symbol::new(&format!("{name}<{number}>")))))
    }

    /// Goes on as where a field has let a value pass.
    fn check_field(
        &mut self,
        frame: &mut Frame<'p>,
        field: &Declaration,
        value: &Value,
        form: Option<&Value>,
        span: Span,
    ) {
        let Some(identity) = value.identity else { return };
        let of_wtforms = field.is_of("wtforms") || field.is_of("flask_wtf");
        match field.last_name() {
            "Choice" | "Select" | "Radio" | "TypedChoice" => {
                let unchecked = field.keyword("validate_choice").and_then(Value::truth) == Some(false);
                let at = if field.is_of("rest_framework") { 0 } else { usize::MAX };
                if !unchecked && let Some(choices) = field.option(at, "choices").cloned() {
                    let fact = self.one_of_choices(frame, &choices);
                    frame.state.add_fact(identity, &fact);
                }
            }
            "Regex" => {
                if let Some(pattern) = field.option(0, "regex").cloned() {
                    self.check_pattern(frame, "re.search", &pattern, None, value, span);
                }
            }
            "Slug" => add_characters(&mut frame.state, identity, "A-Za-z0-9_-"),
            "Email" if !of_wtforms => frame.state.add_fact(identity, &one_line()),
            "URL" | "Url" if !of_wtforms => frame.state.add_fact(identity, &address(field)),
            "IPAddress" | "GenericIPAddress" => {
                add_characters(&mut frame.state, identity, "0-9a-fA-F.:");
            }
            _ => {}
        }
        let validators = match (of_wtforms, field.is_of("marshmallow")) {
            (true, _) => field.option(1, "validators"),
            (_, true) => field.keyword("validate"),
            _ => field.keyword("validators"),
        };
        if let Some(validators) = validators.cloned() {
            let all = self.known_elements(frame, &validators).unwrap_or_else(|| vec![validators]);
            for validator in all {
                self.check_validator(frame, &validator, value, form, span);
            }
        }
    }

    fn check_validator(
        &mut self,
        frame: &mut Frame<'p>,
        validator: &Value,
        value: &Value,
        form: Option<&Value>,
        span: Span,
    ) {
        let Some(identity) = value.identity else { return };
        let [reference] = validator.refs.as_slice() else { return };
        if validator.other {
            return;
        }
        let own = match reference {
            Ref::Object(id) => matches!(self.kind(frame, *id), ObjectKind::External(_)),
            Ref::External(_) => true,
            _ => false,
        };
        if !own {
            // A function of the project: it raises, or it tells by its result.
            let arguments = match form {
                Some(form) => vec![form.clone(), self.field_object(frame, value, span)],
                None => vec![self.read(frame, value)],
            };
            let before = frame.state.clone();
            let result = self.call(frame, validator, &Arguments::of(arguments), span);
            if !frame.state.alive {
                frame.state = before;
            } else if result.truth().is_none()
                && let (Some(passed), _) = self.split(frame, &result)
            {
                frame.state = passed;
            }
            return;
        }
        let Some(validator) = self.declared(frame, validator) else { return };
        match validator.kind.as_str().rsplit('.').next().unwrap_or_default() {
            "OneOf" | "AnyOf" | "any_of" => {
                let position = if validator.is_of("marshmallow") { "choices" } else { "values" };
                if let Some(choices) = validator.option(0, position).cloned() {
                    let fact = self.one_of_choices(frame, &choices);
                    frame.state.add_fact(identity, &fact);
                }
            }
            "Equal" => {
                if let Some(wanted) = validator.option(0, "comparable").cloned()
                    && !wanted.has_labels()
                {
                    frame.state.add_fact(identity, &Fact { trusted: true, ..Fact::default() });
                }
            }
            "Regexp" | "regexp" => {
                if let Some(pattern) = validator.option(0, "regex").cloned() {
                    let flags = validator.option(1, "flags").cloned();
                    self.check_pattern(frame, "re.match", &pattern, flags, value, span);
                }
            }
            "RegexValidator" => {
                let inverse = validator.option(3, "inverse_match");
                if inverse.is_none_or(|inverse| inverse.truth() == Some(false))
                    && let Some(pattern) = validator.option(0, "regex").cloned()
                {
                    let flags = validator.option(4, "flags").cloned();
                    self.check_pattern(frame, "re.search", &pattern, flags, value, span);
                }
            }
            "And" => {
                let all = validator.object.as_ref().map(|object| object.elements.clone());
                for one in all.unwrap_or_default() {
                    self.check_validator(frame, &one, value, form, span);
                }
            }
            "Email" | "EmailValidator" | "validate_email" => frame.state.add_fact(identity, &one_line()),
            "URL" | "URLValidator" if !validator.is_of("wtforms") => {
                frame.state.add_fact(identity, &address(&validator));
            }
            "validate_slug" => add_characters(&mut frame.state, identity, "A-Za-z0-9_-"),
            "validate_ipv4_address" | "validate_ipv46_address" | "validate_ipv6_address" | "IPAddress" => {
                add_characters(&mut frame.state, identity, "0-9a-fA-F.:");
            }
            "validate_integer" => add_characters(&mut frame.state, identity, "0-9-"),
            "validate_comma_separated_integer_list" => {
                add_characters(&mut frame.state, identity, "0-9,");
            }
            "UUID" | "MacAddress" => add_characters(&mut frame.state, identity, "0-9a-fA-F:-"),
            _ => {}
        }
    }

    /// The field that a validator of WTForms is handed: its `data` is the value.
    fn field_object(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Value {
        let mut object = Object::new(ObjectKind::Unknown);
        let value = self.read(frame, value);
        object.set_field(Symbol::new("data"), value);
        Value::object(self.allocate(frame, span, DECLARED + 1, object))
    }

    fn check_pattern(
        &mut self,
        frame: &mut Frame<'p>,
        function: &str,
        pattern: &Value,
        flags: Option<Value>,
        value: &Value,
        span: Span,
    ) {
        let mut arguments = vec![pattern.clone(), value.clone()];
        arguments.extend(flags);
        let found =
            self.call(frame, &Value::external(Symbol::new(function)), &Arguments::of(arguments), span);
        let found = found.with_identity(None);
        if let (Some(passed), _) = self.split(frame, &found) {
            frame.state = passed;
        }
    }

    /// One of the choices of a field: texts, or pairs of a text and what is shown for it.
    fn one_of_choices(&mut self, frame: &mut Frame<'p>, choices: &Value) -> Fact {
        if !self.deep_labels(frame, choices).is_empty() {
            return Fact::default();
        }
        let known = self.known_elements(frame, choices).and_then(|choices| {
            let mut texts = Vec::new();
            for choice in choices {
                let choice = match choice.refs.as_slice() {
                    [] => choice,
                    _ => match self.known_elements(frame, &choice)?.as_slice() {
                        [value, shown] if shown.refs.is_empty() => value.clone(),
                        _ => return None,
                    },
                };
                texts.push(Text::literal(choice.as_string()?));
            }
            (!texts.is_empty()).then(|| Value::texts(texts))
        });
        Fact { one_of: known, trusted: true, ..Fact::default() }
    }

    // ---- forms and serializers

    /// `form.cleaned_data`, `serializer.validated_data`, `form.data`: by the declared fields.
    pub(super) fn cleaned(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        receiver: Option<&Value>,
        source: &Value,
        span: Span,
        nesting: Nesting,
    ) -> Option<Value> {
        let lineage = self.lineage(frame, class);
        let mut object = Object::new(ObjectKind::Dictionary);
        // Within a method that cleans, what the others have made isn't there yet.
        let cleans = self.running.iter().any(|running| {
            let name = self.body(running.body).1.name;
            (name.as_str().starts_with("clean") || name.as_str().starts_with("validate"))
                && self.parent(running.body).is_some_and(|parent| {
                    lineage.iter().any(|one| matches!(one, Ancestor::Class(own) if own.body == parent))
                })
        });
        let raw = receiver.is_some_and(|_| self.is_raw_data(source));
        let refuses = self.refuses_as_a_whole(frame, &lineage);
        for (number, (name, field)) in self.declared_fields(frame, &lineage).into_iter().enumerate() {
            // Which field of which class: what a test proves of it holds for no other.
            let identity = match source.identity {
                Some(Identity::Entity(entity)) => {
                    Some(Identity::Entity(Symbol::new(&format!("{entity}<{}>[{name}]", class.body.0))))
                }
                _ => None,
            };
            let given = source.with_identity(identity);
            let Some(value) = self.cleaned_field(frame, &field, &given, span, nesting.within(number)) else {
                continue;
            };
            let mut value = if raw { given } else { value };
            if value.identity.is_none() {
                value = value.with_identity(identity);
            }
            if let Some(receiver) = receiver
                && !cleans
                && !raw
            {
                value = self.validated(frame, &lineage, receiver, name, value, span);
                if refuses {
                    value = value.unsure();
                }
            }
            object.set_entry(Key::Text(name), value);
        }
        if object.entries.is_empty() {
            return None;
        }
        // A form of a model has the model's fields as well.
        object.exact = false;
        object.rest = source.with_identity(None);
        Some(Value::object(self.allocate(frame, span, nesting.tag(0), object)))
    }

    /// Whether the class has a method for the form as a whole that refuses what it doesn't like: what it finds of
    /// which field isn't known.
    fn refuses_as_a_whole(&mut self, frame: &mut Frame<'p>, lineage: &[Ancestor]) -> bool {
        let refusals = ["ValidationError", "add_error"].map(Symbol::new);
        ["clean", "validate"].into_iter().any(|name| {
            let found = self.lookup_in(frame, lineage, Symbol::new(name));
            let body = found.and_then(|(method, _)| Self::function_of(&method));
            body.is_some_and(|body| self.body(body).1.mentions.iter().any(|one| refusals.contains(one)))
        })
    }

    /// `form.data`: as it was sent.
    fn is_raw_data(&self, source: &Value) -> bool {
        matches!(source.identity, Some(Identity::Entity(entity)) if entity.as_str() == "django.forms.Form.data")
    }

    /// What the class's own `clean_<field>` or `validate_<field>` makes of a field's value.
    fn validated(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
        receiver: &Value,
        name: Symbol,
        value: Value,
        span: Span,
    ) -> Value {
        if self.deep_labels(frame, &value).is_empty() {
            return value;
        }
        let (found, arguments) = if let Some((found, _)) =
            self.lookup_in(frame, lineage, Symbol::new(&format!("validate_{name}")))
        {
            (found, vec![value.clone()])
        } else if let Some((found, _)) = self.lookup_in(frame, lineage, Symbol::new(&format!("clean_{name}")))
        {
            // Takes the value from where those of the other fields are.
            (found, Vec::new())
        } else {
            return value;
        };
        if !found.refs.iter().all(|one| matches!(one, Ref::Function(..))) {
            return value;
        }
        let before = frame.state.clone();
        let method = Self::bind_function(&found, receiver);
        let result = self.call(frame, &method, &Arguments::of(arguments), span);
        if !frame.state.alive || result.is_undefined() {
            frame.state = before;
            return value;
        }
        result
    }

    fn cleaned_field(
        &mut self,
        frame: &mut Frame<'p>,
        field: &Value,
        given: &Value,
        span: Span,
        nesting: Nesting,
    ) -> Option<Value> {
        // A serializer within another.
        if let [Ref::Object(id)] = field.refs.as_slice()
            && let ObjectKind::Instance(class) = self.kind(frame, *id)
            && nesting.goes_on()
            && !self.external_ancestors(frame, class).into_iter().any(declares)
        {
            let whole = given.with_identity(None);
            return self.cleaned(frame, class, None, &whole, span, nesting);
        }
        let declared = self.declared(frame, field)?;
        if !declared.kind.as_str().ends_with("Field") {
            return None;
        }
        match declared.last_name() {
            "Integer"
            | "Float"
            | "Decimal"
            | "Boolean"
            | "NullBoolean"
            | "Date"
            | "DateTime"
            | "Time"
            | "Duration"
            | "SplitDateTime"
            | "UUID"
            | "Choice"
            | "MultipleChoice"
            | "TypedChoice"
            | "TypedMultipleChoice"
            | "FilePath"
            | "ModelChoice"
            | "ModelMultipleChoice"
            | "PrimaryKeyRelated"
            | "SlugRelated"
            | "HyperlinkedRelated"
            | "Hidden"
            | "ReadOnly"
            | "SerializerMethod" => return Some(Value::unknown()),
            // By the type of its elements.
            "List" | "SimpleArray" if nesting.goes_on() => {
                if let Some(child) = declared.option(0, "child").or_else(|| declared.keyword("base_field")) {
                    let child = child.clone();
                    let whole = given.with_identity(None);
                    let inner = nesting.within(0);
                    if let Some(element) = self.cleaned_field(frame, &child, &whole, span, inner) {
                        return Some(self.loose_list(frame, element, span, nesting.tag(1)));
                    }
                }
            }
            "File" | "Image" => {
                let kind = Symbol::new("django.core.files.uploadedfile.UploadedFile");
                return Some(Value::instance(kind, Labels::NONE));
            }
            _ => {}
        }
        Some(self.checked(frame, &declared, given, span))
    }

    /// A value that a field has let pass.
    pub(super) fn checked(
        &mut self,
        frame: &mut Frame<'p>,
        field: &Declaration,
        given: &Value,
        span: Span,
    ) -> Value {
        let identity = Identity::Site(span.start, FIELD_VALUE);
        frame.state.forget(identity);
        let fact = self.field_fact(frame, field, &given.with_identity(Some(identity)), None, span);
        fact.apply(given)
    }

    /// Methods of classes that are made of fields; none where it is another.
    pub(super) fn schema_method(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match (owner, method) {
            ("marshmallow.Schema", "load" | "loads" | "validate") => {
                let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
                let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
                let data = arguments.get(0, if method == "loads" { "json_data" } else { "data" })?;
                if method == "validate" {
                    return Some(self.told_by_schema(frame, class, &data, span));
                }
                let data = match method {
                    "loads" => {
                        let function = Value::external(Symbol::new("json.loads"));
                        self.call(frame, &function, &Arguments::of(vec![data]), span)
                    }
                    _ => data,
                };
                let option = |solver: &mut Self, frame: &mut Frame<'p>, name: &str| {
                    arguments
                        .keywords
                        .iter()
                        .find(|(own, _)| own.as_str() == name)
                        .map(|(_, value)| value.clone())
                        .or_else(|| solver.object(frame, *id).field(Symbol::new(name)).cloned())
                };
                let many = option(self, frame, "many").and_then(|many| many.truth()) == Some(true);
                let unknown = option(self, frame, "unknown");
                let data = if many { self.element(frame, &data, span) } else { data };
                let nesting = Nesting::default();
                let loaded = self.loaded(frame, class, Some(receiver), &data, unknown, span, nesting)?;
                Some(if many { self.loose_list(frame, loaded, span, nesting.tag(1)) } else { loaded })
            }
            ("wtforms.Form" | "flask_wtf.FlaskForm", "validate" | "validate_on_submit") => {
                let facts = self.told_by_form(frame, receiver, span)?;
                Some(Value::either().with_predicate(facts, Facts::default()))
            }
            ("django.forms.Form" | "django.forms.ModelForm", "is_valid") => {
                let facts = self.told_by_django(frame, receiver, span)?;
                Some(Value::either().with_predicate(facts, Facts::default()))
            }
            _ => None,
        }
    }

    /// What a form that was found valid proves of its fields' values.
    fn told_by_form(&mut self, frame: &mut Frame<'p>, receiver: &Value, span: Span) -> Option<Facts> {
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        let lineage = self.lineage(frame, class);
        let mut facts = Vec::new();
        for (name, field) in self.declared_fields(frame, &lineage) {
            let Some(declared) = self.declared(frame, &field) else { continue };
            if !declared.kind.as_str().ends_with("Field") {
                continue;
            }
            let value = self.attribute(frame, &field, Symbol::new("data"), span);
            let Some(identity) = value.identity else { continue };
            let mut fact = self.field_fact(frame, &declared, &value, Some(receiver), span);
            // `validate_<field>` of the form itself.
            let method = Symbol::new(&format!("validate_{name}"));
            if let Some((found, _)) = self.lookup_in(frame, &lineage, method) {
                let before = frame.state.clone();
                let method = Self::bind_function(&found, receiver);
                let given = self.field_object(frame, &value, span);
                self.call(frame, &method, &Arguments::of(vec![given]), span);
                if frame.state.alive
                    && let Some(more) = frame.state.fact(identity)
                {
                    fact = fact.and(more);
                }
                frame.state = before;
            }
            facts.push((identity, fact));
        }
        Some(collect_facts(facts))
    }

    /// What a form of Django that was found valid proves of what was sent.
    fn told_by_django(&mut self, frame: &mut Frame<'p>, receiver: &Value, span: Span) -> Option<Facts> {
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        let lineage = self.lineage(frame, class);
        let data = self.attribute(frame, receiver, Symbol::new("data"), span);
        let mut facts = Vec::new();
        for (name, field) in self.declared_fields(frame, &lineage) {
            // Of others, what was sent is taken without the blanks around it.
            let Some(declared) = self.declared(frame, &field).filter(|field| field.last_name() == "Choice")
            else {
                continue;
            };
            let value = self.subscript(frame, &data, &Value::string(name.as_str()), span);
            let Some(identity) = value.identity else { continue };
            facts.push((identity, self.field_fact(frame, &declared, &value, None, span)));
        }
        Some(collect_facts(facts))
    }
}

/// What is proved of an address of mail: quoted, its first part can hold almost anything.
fn one_line() -> Fact {
    Fact { chars: !CharSet::of("\r\n\0"), ..Fact::default() }
}

/// What is proved of an address of the web; which schemes are good can be chosen.
fn address(declared: &Declaration) -> Fact {
    let form = if declared.keyword("schemes").is_some() { Form::NONE } else { Form::NO_SCRIPT };
    Fact { form, ..one_line() }
}

fn add_characters(state: &mut State, identity: Identity, class: &str) {
    state.add_fact(identity, &Fact { chars: CharSet::class(class), ..Fact::default() });
}
