"""What would happen: dry runs of workflows, previews of templates."""
