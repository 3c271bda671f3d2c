import random

from propersim.persona.model import Persona
from propersim.user.routine import Routine
from propersim.world.catalogue import SUBJECTS, activities, tones, topics
from propersim.world.floor_plan import load_world

ACTS=list(activities()); TAGS=sorted({t for a in activities().values() for t in a.tags}); TOP=list(topics()); TON=list(tones())
WORLD=load_world()
f=lambda m:f"{m//60:02d}:{m%60:02d}"
def window(rng, wake, sleep):
    L=rng.choice([15,20,30,30,45,60,60,90,120,150,180,240]); L=min(L,sleep-wake-30)
    grain=rng.choice([60,30,30,15,15,5]); s=rng.randrange(-(-wake//grain)*grain,max(wake+grain+1,sleep-L),grain)
    return s%1440,(s+L)%1440
def days(rng):
    r=rng.random()
    return 'weekdays' if r<.5 else 'weekends' if r<.8 else rng.sample(['mon','tue','wed','thu','fri','sat','sun'],rng.randint(1,3))
def persona(rng,n):
    wake=rng.randrange(300,601,15); sleep=min(1650,wake+rng.randrange(14*60,18*60,15))
    if rng.random()<.06:  # late risers and night workers
        wake=rng.randrange(600,760,15); sleep=1650
    habits=[];at=wake+rng.randrange(0,90,15)
    k=rng.randint(3,10)
    regular=[a for a in ACTS if a not in('sleeping','wake_up','other')]
    # same weekly pattern: some on weekdays, some on weekends, some daily; non overlapping by construction per kind
    for kind in (['all'] if rng.random()<.3 else ['weekdays','weekends']):
        at=wake+rng.randrange(15,120,15)
        while at<sleep-60 and len(habits)<14:
            a=rng.choice(regular); lo,hi=activities()[a].minutes; m=min(rng.randrange(lo,hi+1,5) if hi>lo else lo, 240)
            if at+m>sleep-30: break
            if rng.random()<.6: habits.append(dict(text='x',activity=a,at=f(at),minutes=max(10,m),days=kind))
            at=-(-(at+m+rng.choice([0,15,30,60,120,180]))//15)*15
    plan=[]
    for _ in range(rng.randint(1,3)):
        a=rng.choice(regular); lo,hi=activities()[a].minutes; m=max(10,min(60,lo)); s=rng.randrange(wake+60,max(wake+61,sleep-240),30)
        plan.append(dict(text='x',activity=a,minutes=m,between=[f(s),f(min(sleep-15,s+m+rng.choice([60,120,180])))]))
    inter=[dict(text='x',activities=rng.sample(regular,rng.randint(1,3))) for _ in range(rng.randint(1,4))]
    often=[h['activity'] for h in habits]+[p['activity'] for p in plan]+[a for i in inter for a in i['activities']]+['lunch','breakfast','dinner','sofa_rest']
    tags=sorted({t for a in often for t in activities()[a].tags})
    dur=lambda:[rng.choice(often)] if rng.random()<.6 else [rng.choice(tags)] if rng.random()<.7 else rng.sample(often,min(2,len(often)))
    wins=[];style=rng.random()
    for _ in range(rng.choice([1,1,2,2,3,3,4,5])):
        w={}
        if style<.5 or rng.random()<.4:
            s,e=window(rng,wake,sleep); w={'start':f(s),'end':f(e)}
            if (style>=.5 and rng.random()<.5) or rng.random()<.12: w['during']=dur()
        else: w={'during':dur()}
        wins.append(w)
    mx=rng.choice([1,1,2,2,3,3,4,4,5,6,6,8,8,10,12,14,16,18,24]); mn=max(1,min(mx,mx-rng.choice([0,0,1,1,2,max(1,mx//3)])))
    fr=dict(text='x',min_per_day=mn,max_per_day=mx)
    if rng.random()<.35: fr['min_gap']=rng.choice([15,20,30,30,45,60,90,120,150,180])
    bounds=rng.sample(list(SUBJECTS),rng.choice([0,0,1,1,2,3]))
    okt=[t for t in TOP if not topics()[t].subjects & set(bounds)]
    likes=[];c=rng.random()
    for _ in range(1 if c<.35 else rng.randint(2,4)):
        l={'topics':rng.sample(okt,rng.choice([1,2,2,3,3,4,5]))}
        if c>=.35:
            r=rng.random()
            if r<.5: l['during']=dur()
            elif r<.85:
                s,e=window(rng,wake,sleep) if rng.random()<.4 else (0,0)
                if s==e:
                    cut=rng.randrange(600,1200,30); s,e=rng.choice([(0,cut),(cut,1440)])
                l['between']=[f(s),f(e)]
        likes.append(l)
    liked={t for l in likes for t in l['topics']}
    dis=rng.sample([t for t in TOP if t not in liked],rng.choice([0,1,2,3,4]))
    tn=rng.sample(TON,rng.choice([1,1,2,2,3])); av=rng.sample([t for t in TON if t not in tn],rng.choice([0,1,2]))
    return Persona.model_validate(dict(id=f'u{n}',name='U',age=40,pronouns='they',occupation='x',household='x',culture='x',
      big_five={t:rng.choice(['high','low']) for t in ('openness','conscientiousness','extraversion','agreeableness','neuroticism')},
      background='x',interests=inter,lifestyle=dict(text='x',wake=f(wake),sleep=f(sleep),habits=habits),daily_plan=plan,goals=['x'],
      voice=dict(pleased=['x'],put_off=['x']),
      rubric=dict(preference=dict(text='x',likes=likes,dislikes=dis),timing=dict(text='x',windows=wins,never_during=[rng.choice(often+tags) for _ in range(rng.choice([0,0,1,1,2]))]),
                  frequency=fr,communication=dict(text='x',tones=tn,avoid=av,boundaries=bounds))))
def users(seed):
    n=0
    while True:
        rng=random.Random(f'{seed}/{n}'); n+=1
        try:
            p=persona(rng,n); r=Routine(p,WORLD,n); plans=[r.plan(d) for d in range(1,8)]
        except Exception:
            continue
        share=sum(s.minutes for q in plans for s in q.receptive)/sum(q.sleep-q.wake for q in plans)
        if not .02<=share<=.75: continue
        yield p,r
if __name__=='__main__':
    import itertools
    import time
    t=time.time(); k=0
    for p,r in itertools.islice(users(1),30): pass
    print(time.time()-t)
