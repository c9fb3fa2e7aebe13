//! Contexts: what a body is told about the shapes of its inputs.

use std::rc::Rc;

use vansire_python::Symbol;

use super::deferred::Part;
use super::{Frame, Solver};
use crate::domain::{
    BodyIndex, ClassRef, Constant, Data, Identity, Key, Label, Labels, ObjectId, ObjectKind, Origin, Partial,
    PathId, PathStep, Ref, Value,
};

/// A shape tells at most this many constants.
const MAXIMUM_CONSTANTS: usize = 4;
/// Texts up to this length are told.
const MAXIMUM_CONSTANT_TEXT: usize = 96;
/// A shape tells at most this many referents.
const MAXIMUM_REFERENTS: usize = 6;

/// A referent, without what is particular to the caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ShapeRef {
    Function(BodyIndex, bool),
    /// A class; its namespace when everybody can see it.
    Class(BodyIndex, Option<ObjectId>),
    Instance(BodyIndex, Option<ObjectId>),
    /// An instance of this class or of one below it.
    Declared(BodyIndex, Option<ObjectId>),
    ExternalInstance(Symbol),
    /// The same for everybody.
    Same(Ref),
    Tuple(u16),
    List,
    Set,
    Dictionary,
    Iterator,
    Bound(Box<ShapeRef>),
    Partial(u16, Vec<Symbol>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Constants and known texts.
    pub constants: Vec<Constant>,
    pub texts: Vec<Symbol>,
    pub refs: Vec<ShapeRef>,
    /// It can be something else.
    pub other: bool,
    /// The length of a list that is known by position.
    pub list: Option<u16>,
    /// The constant keys of a dictionary; whether those are all.
    pub keys: Option<(Rc<[Key]>, bool)>,
}

/// What is known of the inputs, by path; sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    pub shapes: Vec<(PathId, Shape)>,
    /// Nobody in the project calls it so: what is stored in the object is all there is.
    pub root: bool,
    /// Data from outside is on its way through: constants are told, so that dead branches die.
    pub precise: bool,
    /// Which part of the body is interpreted.
    pub part: Part,
}

impl Context {
    pub fn shape(&self, path: PathId) -> Option<&Shape> {
        self.shapes.binary_search_by_key(&path, |(path, _)| *path).ok().map(|at| &self.shapes[at].1)
    }
}

impl<'p> Solver<'p> {
    /// The value that a shape stands for, at a path.
    pub(super) fn realize(&mut self, frame: &mut Frame<'p>, path: PathId, shape: &Shape) -> Value {
        let mut data = Data { identity: Some(Identity::Path(path)), ..Data::default() };
        data.constants.extend(shape.constants.iter().cloned());
        for text in &shape.texts {
            data.add_text(crate::domain::Text::literal(text.as_str()));
        }
        let instance = |one: &&ShapeRef| matches!(one, ShapeRef::Instance(..) | ShapeRef::Declared(..));
        let several = shape.refs.iter().filter(instance).count() > 1;
        for reference in &shape.refs {
            // Instances of several classes are objects of their own: each has its methods and fields.
            let place = match reference {
                ShapeRef::Instance(body, _) | ShapeRef::Declared(body, _) if several => {
                    self.path_step(path, PathStep::As(*body))
                }
                _ => path,
            };
            if let Some(reference) = self.realize_reference(frame, place, reference) {
                data.refs.push(reference);
            }
        }
        if shape.other {
            data.other = true;
            data.labels = Labels::one(Label::new(Origin::Path(path), None));
            data.refs.push(Ref::Object(ObjectId::Path(path)));
        } else if shape.refs.iter().any(|reference| {
            matches!(reference, ShapeRef::Same(Ref::Instance(_)) | ShapeRef::ExternalInstance(_))
        }) {
            data.labels = Labels::one(Label::new(Origin::Path(path), None));
        }
        data.into()
    }

    fn realize_reference(
        &mut self,
        frame: &mut Frame<'p>,
        path: PathId,
        reference: &ShapeRef,
    ) -> Option<Ref> {
        let object = |frame: &mut Frame<'p>, kind: ObjectKind| {
            frame.kinds.insert(path, kind);
            Ref::Object(ObjectId::Path(path))
        };
        Some(match reference {
            ShapeRef::Function(body, environment) => Ref::Function(
                *body,
                environment.then(|| ObjectId::Path(self.path_step(path, PathStep::Environment(*body)))),
            ),
            ShapeRef::Class(body, namespace) => Ref::Class(self.shape_class(path, *body, *namespace)),
            ShapeRef::Instance(body, namespace) => {
                let class = self.shape_class(path, *body, *namespace);
                object(frame, ObjectKind::Instance(class))
            }
            ShapeRef::Declared(body, namespace) => {
                let class = self.shape_class(path, *body, *namespace);
                frame.declared.push(path);
                object(frame, ObjectKind::Instance(class))
            }
            ShapeRef::ExternalInstance(name) => object(frame, ObjectKind::External(*name)),
            ShapeRef::Same(reference) => reference.clone(),
            ShapeRef::Tuple(length) => {
                let mut elements = Vec::with_capacity(*length as usize);
                for index in 0..*length {
                    let step = self.child(path, PathStep::Index(i32::from(index)))?;
                    elements.push(self.path_value(frame, step));
                }
                Ref::Tuple(Rc::new(elements))
            }
            ShapeRef::List => object(frame, ObjectKind::List),
            ShapeRef::Set => object(frame, ObjectKind::Set),
            ShapeRef::Dictionary => object(frame, ObjectKind::Dictionary),
            ShapeRef::Iterator => object(frame, ObjectKind::Iterator),
            ShapeRef::Bound(function) => {
                let receiver = self.child(path, PathStep::Receiver)?;
                let value = self.path_value(frame, receiver);
                let callee = self.child(path, PathStep::Callee)?;
                let function = self.realize_reference(frame, callee, function)?;
                Ref::Bound(Rc::new((function, value)))
            }
            ShapeRef::Partial(count, names) => {
                let callee = self.child(path, PathStep::Callee)?;
                let callee = self.path_value(frame, callee);
                let mut positional = Vec::new();
                for index in 0..*count {
                    let step = self.child(path, PathStep::Argument(index))?;
                    positional.push(self.path_value(frame, step));
                }
                let mut keywords = Vec::new();
                for &name in names {
                    let step = self.child(path, PathStep::Keyword(name))?;
                    keywords.push((name, self.path_value(frame, step)));
                }
                Ref::Partial(Rc::new(Partial { callee, positional, keywords }))
            }
        })
    }

    /// One step further; none where paths end.
    pub(super) fn child(&mut self, path: PathId, step: PathStep) -> Option<PathId> {
        let child = self.path_step(path, step);
        (child != path).then_some(child)
    }

    fn shape_class(&mut self, path: PathId, body: BodyIndex, namespace: Option<ObjectId>) -> ClassRef {
        let namespace =
            namespace.unwrap_or_else(|| ObjectId::Path(self.path_step(path, PathStep::Class(body))));
        ClassRef { body, namespace }
    }

    /// The shape of an argument. None when it tells nothing.
    pub(super) fn shape_of(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        constants: bool,
    ) -> Option<Shape> {
        if !constants && value.refs.is_empty() {
            return None;
        }
        let mut shape = Shape { other: value.other, ..Shape::default() };
        if !constants {
            shape.other |= !value.constants.is_empty() || !value.texts.is_empty();
        } else if value.constants.len() + value.texts.len() <= MAXIMUM_CONSTANTS {
            shape.constants.extend(value.constants.iter().cloned());
            for text in &value.texts {
                match text.as_constant() {
                    Some(text) if text.len() <= MAXIMUM_CONSTANT_TEXT => shape.texts.push(Symbol::new(text)),
                    _ => shape.other = true,
                }
            }
        } else {
            shape.other = true;
        }
        for reference in &value.refs {
            if shape.refs.len() >= MAXIMUM_REFERENTS {
                shape.other = true;
                break;
            }
            match self.shape_reference(frame, reference, &mut shape, constants) {
                Some(reference) => {
                    if !shape.refs.contains(&reference) {
                        shape.refs.push(reference);
                    }
                }
                None => shape.other = true,
            }
        }
        if shape.other && shape.refs.is_empty() && shape.constants.is_empty() && shape.texts.is_empty() {
            return None;
        }
        if value.is_undefined() {
            return None;
        }
        Some(shape)
    }

    /// Whether a function has captured another: it was put around it by a decorator.
    fn wraps_function(&mut self, frame: &mut Frame<'p>, environment: ObjectId) -> bool {
        let ObjectKind::Environment(cells) = self.object(frame, environment).kind.clone() else {
            return false;
        };
        cells.iter().any(|cell| {
            let cell = self.object(frame, *cell);
            cell.rest.refs.iter().any(|one| matches!(one, Ref::Function(..)))
        })
    }

    fn shape_reference(
        &mut self,
        frame: &mut Frame<'p>,
        reference: &Ref,
        shape: &mut Shape,
        precise: bool,
    ) -> Option<ShapeRef> {
        let class_namespace =
            |class: &ClassRef| matches!(class.namespace, ObjectId::Global(_)).then_some(class.namespace);
        Some(match reference {
            // What everybody can see tells where decorators were put on top of each other.
            Ref::Function(_, Some(environment @ ObjectId::Global(_)))
                if precise && self.wraps_function(frame, *environment) =>
            {
                ShapeRef::Same(reference.clone())
            }
            Ref::Function(body, environment) => ShapeRef::Function(*body, environment.is_some()),
            Ref::Class(class) => ShapeRef::Class(class.body, class_namespace(class)),
            Ref::Object(ObjectId::Global(_) | ObjectId::External(_)) if precise => {
                ShapeRef::Same(reference.clone())
            }
            Ref::External(_) | Ref::Module(_) | Ref::Namespace(_) | Ref::Instance(_) => {
                ShapeRef::Same(reference.clone())
            }
            Ref::Object(id) => {
                // What a callee asks for is carried out before it is called.
                let object = self.object(frame, *id);
                match &object.kind {
                    ObjectKind::Instance(class) if Self::may_be_subclass(frame, *id) => {
                        ShapeRef::Declared(class.body, class_namespace(class))
                    }
                    ObjectKind::Instance(class) => ShapeRef::Instance(class.body, class_namespace(class)),
                    ObjectKind::External(name) => ShapeRef::ExternalInstance(*name),
                    // Layouts matter where data is on its way through; elsewhere they only multiply contexts.
                    _ if !precise => return None,
                    ObjectKind::List => {
                        if object.exact && object.elements.len() <= 16 {
                            shape.list = Some(object.elements.len() as u16);
                        }
                        ShapeRef::List
                    }
                    ObjectKind::Set => ShapeRef::Set,
                    ObjectKind::Dictionary => {
                        if object.entries.len() <= 16
                            && object.optional.is_empty()
                            && (object.exact || !object.entries.is_empty())
                        {
                            let keys = object.entries.iter().map(|(key, _)| key.clone()).collect();
                            shape.keys = Some((keys, object.exact && object.rest.is_undefined()));
                        }
                        ShapeRef::Dictionary
                    }
                    ObjectKind::Iterator => ShapeRef::Iterator,
                    _ => return None,
                }
            }
            Ref::Tuple(elements) if elements.len() <= 16 => ShapeRef::Tuple(elements.len() as u16),
            Ref::Bound(bound) if matches!(bound.0, Ref::External(_)) && !precise => return None,
            Ref::Bound(bound) => {
                let mut inner = Shape::default();
                ShapeRef::Bound(Box::new(self.shape_reference(frame, &bound.0, &mut inner, precise)?))
            }
            Ref::Partial(partial) => ShapeRef::Partial(
                partial.positional.len() as u16,
                partial.keywords.iter().map(|(name, _)| *name).collect(),
            ),
            Ref::Tuple(_) | Ref::Super(_) | Ref::Frozen(_) => return None,
        })
    }
}
