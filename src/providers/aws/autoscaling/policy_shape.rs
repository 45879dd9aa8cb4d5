//! A scaling policy in CloudFormation's shape, both ways.

use aws_sdk_autoscaling::types::{
    CustomizedMetricSpecification, MetricStatistic, MetricType, PredefinedMetricSpecification, ScalingPolicy,
    StepAdjustment, TargetTrackingConfiguration,
};

use super::super::{Shape, Writer};
use super::{metric_query, predictive};
use crate::model::JsonMap;

/// A policy as it is reported.
pub fn read(policy: &ScalingPolicy) -> JsonMap {
    Writer::new()
        .put("Arn", policy.policy_arn())
        .put("PolicyName", policy.policy_name())
        .put("AutoScalingGroupName", policy.auto_scaling_group_name())
        .put("PolicyType", policy.policy_type())
        .put("AdjustmentType", policy.adjustment_type())
        .put("Cooldown", policy.cooldown().map(|seconds| seconds.to_string()))
        .put("EstimatedInstanceWarmup", policy.estimated_instance_warmup())
        .put("MetricAggregationType", policy.metric_aggregation_type())
        .put("MinAdjustmentMagnitude", policy.min_adjustment_magnitude())
        .put("ScalingAdjustment", policy.scaling_adjustment())
        .list("StepAdjustments", policy.step_adjustments().iter().map(read_step))
        .put("TargetTrackingConfiguration", policy.target_tracking_configuration().map(read_tracking))
        .put(
            "PredictiveScalingConfiguration",
            policy.predictive_scaling_configuration().map(predictive::read),
        )
        .build()
}

fn read_step(step: &StepAdjustment) -> Writer {
    Writer::new()
        .put("MetricIntervalLowerBound", step.metric_interval_lower_bound())
        .put("MetricIntervalUpperBound", step.metric_interval_upper_bound())
        .put("ScalingAdjustment", step.scaling_adjustment())
}

fn read_tracking(found: &TargetTrackingConfiguration) -> Writer {
    let predefined = found.predefined_metric_specification().map(|metric| {
        Writer::new()
            .put("PredefinedMetricType", metric.predefined_metric_type().map(MetricType::as_str))
            .put("ResourceLabel", metric.resource_label())
    });
    Writer::new()
        .put("TargetValue", found.target_value())
        .put("DisableScaleIn", found.disable_scale_in())
        .put("PredefinedMetricSpecification", predefined)
        .put("CustomizedMetricSpecification", found.customized_metric_specification().map(read_customized))
}

fn read_customized(found: &CustomizedMetricSpecification) -> Writer {
    Writer::new()
        .put("MetricName", found.metric_name())
        .put("Namespace", found.namespace())
        .list("Dimensions", metric_query::read_dimensions(found.dimensions()))
        .put("Statistic", found.statistic().map(MetricStatistic::as_str))
        .put("Unit", found.unit())
        .put("Period", found.period())
        .list("Metrics", metric_query::read_tracked(found.metrics()))
}

/// Steps for a create or a change.
pub fn write_steps(wanted: Shape<'_>) -> Option<Vec<StepAdjustment>> {
    let step = |step: Shape<'_>| {
        StepAdjustment::builder()
            .set_metric_interval_lower_bound(step.float("MetricIntervalLowerBound"))
            .set_metric_interval_upper_bound(step.float("MetricIntervalUpperBound"))
            .set_scaling_adjustment(step.i32("ScalingAdjustment"))
            .build()
    };
    wanted.get("StepAdjustments").map(|_| wanted.objects("StepAdjustments").into_iter().map(step).collect())
}

/// Target tracking for a create or a change.
pub fn write_tracking(wanted: Shape<'_>) -> TargetTrackingConfiguration {
    let predefined = wanted.object("PredefinedMetricSpecification").map(|metric| {
        PredefinedMetricSpecification::builder()
            .set_predefined_metric_type(metric.str("PredefinedMetricType").map(MetricType::from))
            .set_resource_label(metric.text("ResourceLabel"))
            .build()
    });
    TargetTrackingConfiguration::builder()
        .set_target_value(wanted.float("TargetValue"))
        .set_disable_scale_in(wanted.bool("DisableScaleIn"))
        .set_predefined_metric_specification(predefined)
        .set_customized_metric_specification(
            wanted.object("CustomizedMetricSpecification").map(write_customized),
        )
        .build()
}

fn write_customized(wanted: Shape<'_>) -> CustomizedMetricSpecification {
    let metrics = metric_query::write_tracked(wanted);
    CustomizedMetricSpecification::builder()
        .set_metric_name(wanted.text("MetricName"))
        .set_namespace(wanted.text("Namespace"))
        .set_dimensions(metric_query::write_dimensions(wanted))
        .set_statistic(wanted.str("Statistic").map(MetricStatistic::from))
        .set_unit(wanted.text("Unit"))
        .set_period(wanted.i32("Period"))
        .set_metrics((!metrics.is_empty()).then_some(metrics))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    #[test]
    fn target_tracking_comes_back_as_it_was_written() {
        let wanted = json!({"TargetTrackingConfiguration": {
            "TargetValue": 60.0,
            "DisableScaleIn": true,
            "CustomizedMetricSpecification": {"Metrics": [
                {"Id": "rate", "Expression": "a / b", "ReturnData": true},
                {"Id": "a", "MetricStat": {"Stat": "Sum", "Period": 60, "Metric": {
                    "Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount",
                    "Dimensions": [{"Name": "LoadBalancer", "Value": "app/web/1"}],
                }}},
            ]},
        }});
        let configuration = wanted["TargetTrackingConfiguration"].as_object().unwrap();
        let policy = ScalingPolicy::builder()
            .target_tracking_configuration(write_tracking(Shape(configuration)))
            .build();
        assert_eq!(Json::Object(read(&policy)), wanted);
    }

    #[test]
    fn steps_and_predictions_come_back_as_they_were_written() {
        let wanted = json!({
            "StepAdjustments": [
                {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.5, "ScalingAdjustment": 1},
                {"MetricIntervalLowerBound": 10.5, "ScalingAdjustment": 3},
            ],
            "PredictiveScalingConfiguration": {
                "Mode": "ForecastAndScale",
                "SchedulingBufferTime": 300,
                "MetricSpecifications": [{
                    "TargetValue": 40.0,
                    "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"},
                    "CustomizedLoadMetricSpecification": {"MetricDataQueries": [{"Id": "a", "Expression": "b"}]},
                }],
            },
        });
        let properties = Shape(wanted.as_object().unwrap());
        let policy = ScalingPolicy::builder()
            .set_step_adjustments(write_steps(properties))
            .predictive_scaling_configuration(predictive::write(
                properties.object("PredictiveScalingConfiguration").unwrap(),
            ))
            .build();
        assert_eq!(Json::Object(read(&policy)), wanted);
    }
}
