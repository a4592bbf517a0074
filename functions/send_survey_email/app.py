"""Runs the send_survey_email nodes of workflows."""

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.edge.steps import step_handler

handler = step_handler(SendSurveyEmail)
