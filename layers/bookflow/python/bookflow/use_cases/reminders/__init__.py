"""Planning reminders, for one booking and for many, and comparing plans with schedules."""
