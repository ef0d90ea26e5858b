from django.conf import settings
from django.db import models


class Group(models.Model):
    title = models.CharField(max_length=200)

    def __str__(self):
        return self.title


class Task(models.Model):
    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    due_at = models.DateTimeField()
    words = models.IntegerField()
    is_done = models.BooleanField(default=False)

    def __str__(self):
        return self.title
