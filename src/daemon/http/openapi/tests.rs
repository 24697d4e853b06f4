//! That the committed description is the present one, whole, and right about itself.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::text;
use crate::daemon::http::routes;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json")
}

fn document() -> Value {
    serde_json::from_str(&text().expect("it can be written")).expect("it is JSON")
}

#[test]
fn the_committed_file_is_the_present_description() {
    let committed = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(
        committed == text().expect("it can be written"),
        "docs/openapi.json is not what the code says: just openapi"
    );
}

#[test]
#[ignore = "it writes docs/openapi.json: `just openapi` runs it"]
fn renew_openapi() {
    std::fs::write(file(), text().expect("it can be written")).expect("the file can be written");
}

#[test]
fn every_route_is_described_and_named_once() {
    let document = document();
    let mut names = BTreeSet::new();
    for route in routes::table() {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        let name = operation["operationId"].as_str().expect("an operation has a name").to_owned();
        assert!(names.insert(name.clone()), "{name} is there twice");
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} has no summary");
        assert!(operation["responses"].as_object().is_some_and(|all| all.len() > 1), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = 0;
    each(&document, &mut |value| {
        if let Some(reference) = value["$ref"].as_str() {
            let place = document.pointer(reference.trim_start_matches('#'));
            assert!(place.is_some(), "{reference}");
            found += 1;
        }
    });
    assert!(found > 100, "{found}");
}

#[test]
fn every_example_fits_its_schema() {
    let document = document();
    let mut found = 0;
    each(&document, &mut |value| {
        let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) else { return };
        found += 1;
        if let Err(trouble) = fits(&document, schema, example) {
            panic!("{example} does not fit: {trouble}");
        }
    });
    assert!(found > 60, "{found}");
}

fn each(value: &Value, look: &mut impl FnMut(&Value)) {
    look(value);
    match value {
        Value::Object(object) => object.values().for_each(|part| each(part, look)),
        Value::Array(list) => list.iter().for_each(|part| each(part, look)),
        _ => (),
    }
}

/// Checks as much of JSON Schema as examples can get wrong here.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(
            document,
            &document.pointer(reference.trim_start_matches('#')).cloned().unwrap_or_default(),
            value,
        );
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(document, part, value)?;
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[word].as_array()
            && !choices.iter().any(|choice| fits(document, choice, value).is_ok())
        {
            return Err(format!("{value} is none of the choices"));
        }
    }
    if schema.get("const").is_some_and(|only| only != value)
        || schema["enum"].as_array().is_some_and(|all| !all.contains(value))
    {
        return Err(format!("{value} is not one of the values"));
    }
    let types = schema["type"].as_array().into_iter().flatten().chain([&schema["type"]]);
    let types: Vec<&str> = types.filter_map(Value::as_str).collect();
    if !types.is_empty() && !types.contains(&type_of(value)) {
        return Err(format!("{value} is not of {types:?}"));
    }
    if let Some(text) = value.as_str() {
        let (length, bound) = (text.chars().count() as u64, |name: &str| schema[name].as_u64());
        if bound("minLength").is_some_and(|least| length < least)
            || bound("maxLength").is_some_and(|most| length > most)
        {
            return Err(format!("{value} has a wrong length"));
        }
        let is_right = match schema["format"].as_str() {
            Some("uuid") => text.parse::<uuid::Uuid>().is_ok(),
            Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
            _ => true,
        };
        if !is_right || text == "…" {
            return Err(format!("{value} has no example, or not in its format"));
        }
    }
    for (part, item) in value.as_array().into_iter().flatten().map(|item| (&schema["items"], item)) {
        fits(document, part, item)?;
    }
    let Some(members) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(format!("`{name}` is not there"));
        }
    }
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(part) => fits(document, part, member).map_err(|trouble| format!("{name}: {trouble}"))?,
            None if schema["additionalProperties"] == false => return Err(format!("`{name}` is unknown")),
            None => (),
        }
    }
    Ok(())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
