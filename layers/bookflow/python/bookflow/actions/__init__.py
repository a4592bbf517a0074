"""The actions: one file per action type, found by looking into this folder."""
