//! What is taken out of a blueprint goes, what others added stays: without a state file to know it from.

use serde_json::json;

use crate::workspace::Workspace;

#[test]
fn what_leaves_the_blueprint_leaves_the_cloud() {
    let Some(workspace) = Workspace::shipped() else { return };
    workspace.settle("mvp");
    let other = workspace.other_client();
    other.run(
        r#"
bucket = address_of("bucket", "us-east-1/media.bucket")
tags = aws("s3").get_bucket_tagging(Bucket=bucket)["TagSet"] + [{"Key": "CostCentre", "Value": "42"}]
aws("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
"#,
    );
    workspace.assert_settled("mvp");

    // A whole property, one inside another, and a tag.
    let component = "components/media-bucket.yaml";
    let text = workspace.read(component);
    let cors = text.find("      CorsConfiguration:").expect("CORS");
    let lifecycle = text.find("      LifecycleConfiguration:").expect("lifecycle");
    workspace.write(component, &format!("{}{}", &text[..cors], &text[lifecycle..]));
    workspace.edit(component, "            NoncurrentVersionExpiration: {NoncurrentDays: 30}\n", "");
    workspace.edit("stackctl.yaml", "  Team: platform\n", "");

    let plan = workspace.plan("mvp");
    assert_eq!(plan.summary(), ["update us-east-1/media.bucket"]);
    let paths = &plan.change("us-east-1/media.bucket").paths;
    let gone = |start: &str| {
        let mut under = paths.iter().filter(|path| path.path.starts_with(start)).peekable();
        assert!(under.peek().is_some(), "{start} is not named: {paths:#?}");
        assert!(under.all(|path| path.after.is_null() && !path.before.is_null()), "{start} goes: {paths:#?}");
    };
    gone("CorsConfiguration");
    gone("LifecycleConfiguration.Rules[0].NoncurrentVersionExpiration");
    gone("Tags.Team");
    let expected = ["CorsConfiguration", "LifecycleConfiguration.Rules[0].Noncurrent", "Tags.Team"];
    let others: Vec<_> =
        paths.iter().filter(|path| !expected.iter().any(|start| path.path.starts_with(start))).collect();
    assert!(others.is_empty(), "nothing else goes: {others:#?}");

    workspace.settle("mvp");
    let left = other.run(
        r#"
bucket = address_of("bucket", "us-east-1/media.bucket")
try:
    cors = aws("s3").get_bucket_cors(Bucket=bucket)["CORSRules"]
except aws("s3").exceptions.ClientError as error:
    cors = error.response["Error"]["Code"]
rules = aws("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
tags = {tag["Key"]: tag["Value"] for tag in aws("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]}
result = {
    "cors": cors,
    "expiration": [rule["ID"] for rule in rules if "NoncurrentVersionExpiration" in rule],
    "tags": sorted(key for key in tags if not key.startswith("stackctl:")),
}
"#,
    );
    let expected =
        json!({"cors": "NoSuchCORSConfiguration", "expiration": [], "tags": ["CostCentre", "Product"]});
    assert_eq!(left, expected);
}
