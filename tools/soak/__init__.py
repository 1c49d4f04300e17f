"""A soak: an application that plays for as long as one likes, while everything around it fails."""
