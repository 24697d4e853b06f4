//! The schemas of the wire's types, put as JSON Schema 2020-12 has them, and examples made of those of their members.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::api::error::{ErrorCode, Problem};
use crate::daemon::error::{Error, Result};
use crate::daemon::http::routes::{Content, Route, Shape};

const ID: &str = "019ac7e2-5d1c-7c3a-9f0e-4b6d2a8c1e57";
const MOMENT: &str = "2026-11-20T08:15:00Z";

/// Every schema, by its name.
pub(super) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// Collects what the routes take and give, and what that refers to.
    ///
    /// # Errors
    /// `internal` when a schema can't be written as JSON.
    pub(super) fn of(table: &[Route]) -> Result<Self> {
        let mut found: Vec<(String, RefOr<Schema>)> = Vec::new();
        let mut gather = |shape: Shape| {
            (shape.schemas)(&mut found);
            found.push(((shape.name)().into_owned(), (shape.schema)()));
        };
        for content in table.iter().flat_map(|route| [route.takes, route.gives.1]) {
            if let Content::Json(shape) = content {
                gather(shape);
            }
        }
        gather(Shape { name: Problem::name, schema: Problem::schema, schemas: Problem::schemas });
        let mut schemas = BTreeMap::new();
        for (name, schema) in found {
            let mut schema = serde_json::to_value(schema).map_err(Error::internal)?;
            tidy(&mut schema);
            schemas.insert(name, schema);
        }
        // What a client takes a code for that it does not know is never sent.
        if let Some(codes) = schemas.get_mut("ErrorCode") {
            codes["enum"] = json!(ErrorCode::ALL);
        }
        Ok(Self(schemas))
    }

    /// Returns all of them.
    pub(super) fn all(&self) -> &BTreeMap<String, Value> {
        &self.0
    }

    /// Makes an example of a schema: of its own, or else of what it is made of.
    pub(super) fn example(&self, schema: &Value) -> Value {
        let own = schema.get("const").or_else(|| schema.pointer("/examples/0")).or_else(|| schema.pointer("/enum/0"));
        if let Some(own) = own {
            return own.clone();
        }
        if let Some(schema) = self.referred(schema) {
            return self.example(schema);
        }
        if let Some(choice) = choices(schema).find(|choice| choice["type"] != "null") {
            return self.example(choice);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().filter_map(|part| self.example(part).as_object().cloned());
            return Value::Object(parts.flatten().collect());
        }
        match kind(schema) {
            "object" => Value::Object(self.members(schema)),
            "array" => schema.get("items").map_or_else(|| json!([]), |items| json!([self.example(items)])),
            "integer" => schema.get("minimum").cloned().unwrap_or_else(|| 0.into()),
            "boolean" => false.into(),
            "string" => match schema["format"].as_str() {
                Some("uuid") => ID.into(),
                Some("date-time") => MOMENT.into(),
                _ => "…".into(),
            },
            _ => Value::Null,
        }
    }

    /// Shows what must be there, and of the rest what has an example of its own.
    fn members(&self, schema: &Value) -> Map<String, Value> {
        let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let mut members = Map::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let has_example = member.get("examples").is_some();
            let may_be_null = choices(member).any(|choice| choice["type"] == "null")
                || member["type"].as_array().is_some_and(|types| types.iter().any(|one| one == "null"));
            match (required(name), has_example, may_be_null) {
                (_, true, _) | (true, _, false) => members.insert(name.clone(), self.example(member)),
                (true, false, true) => members.insert(name.clone(), Value::Null),
                (false, false, _) => None,
            };
        }
        members
    }

    fn referred(&self, schema: &Value) -> Option<&Value> {
        self.0.get(schema["$ref"].as_str()?.rsplit('/').next()?)
    }
}

fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten()
}

/// The type that is not `null`.
fn kind(schema: &Value) -> &str {
    let types = schema["type"].as_array().into_iter().flatten();
    types.chain([&schema["type"]]).filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
}

/// Puts what the derive writes as JSON Schema has it: examples are a list, and a number without a sign is one.
fn tidy(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        // A member may be named `example`, but is then a schema.
        if let Some(example) = object.remove("example") {
            object.insert("examples".to_owned(), json!([example]));
        }
        if object.get("minimum").is_some() {
            let (format, maximum) = match object.get("format").and_then(Value::as_str) {
                Some("int32") => (Some("uint32"), Some(u32::MAX)),
                Some("int64") => (Some("uint64"), None),
                _ => (None, None),
            };
            object.extend(format.map(|format| ("format".to_owned(), format.into())));
            object.extend(maximum.map(|maximum| ("maximum".to_owned(), maximum.into())));
        }
    }
    let parts: Vec<&mut Value> = match schema {
        Value::Object(object) => object.values_mut().collect(),
        Value::Array(list) => list.iter_mut().collect(),
        _ => return,
    };
    parts.into_iter().for_each(tidy);
}
